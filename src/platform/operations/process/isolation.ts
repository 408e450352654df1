import { shellQuoted } from './first-shell.js';
import { isBelow, TEMPORARY, type Places } from './hidden-places.js';

/** What the operation has in place of /tmp, below its own folder. */
const OWN_TEMPORARY = '.tmp';
/** Fine for a few semaphores, too small to fill a host's memory. */
const SHARED_MEMORY = '64m';

/** Says on standard error why an operation could not begin, with this exit code. */
const NOT_ISOLATED = 125;

/**
 * The program that arranges what an operation sees, run with the capabilities of a mount namespace of its own and ended by
 * `exec`: its words are the operation's folder, the tools' folder and the command, which is to drop the capabilities.
 * Nothing of the operation's has been read until then.
 *
 * As another user than the manager (`own: false`) file modes keep most doors shut; the manager's places are covered all the
 * same. As the manager's user everything else is read-only, too, since that user's programs and start-up files are a way
 * out; temporary folders, shared memory and terminals are the operation's own.
 */
export function isolationScript(
  places: Places,
  options: {
    readonly own: boolean;
    readonly mount: string;
    /** Whether this runs in a user namespace, so that further ones can be forbidden in it alone. */
    readonly inUserNamespace: boolean;
    /** The folder of all workers of this user. */
    readonly operations: string;
  },
): string {
  const mount = `${shellQuoted(options.mount)} -n`;
  const hidden = [...places.hidden, ...(options.own ? [options.operations] : [])];
  return [
    'set -f',
    `refuse() { echo "holdfast: the operation cannot be isolated: $1" >&2; exit ${NOT_ISOLATED}; }`,
    'folder=$1 tools=$2; shift 2',
    // Kept open, since paths lead elsewhere in a moment.
    '[ -d "$folder" ] && [ -d "$tools" ] || refuse folder; exec 8<"$folder" 9<"$tools"',
    `tmpfs() { ${mount} -t tmpfs -o "nosuid,nodev,$2" none "$1" || refuse "$1"; }`,
    `bind() { ${mount} -c --bind "$1" "$2" || refuse "$2"; }`,
    `cover() {
      if [ -d "$1" ]; then tmpfs "$1" noexec,size=16k,mode=0755
      elif [ -e "$1" ]; then bind /dev/null "$1"
      fi
    }`,
    ...(options.own ? ownPlaces(places, mount) : []),
    // Of the first version each controller is a mount; programs do without.
    ...(options.own ? ['[ ! -d /sys/fs/cgroup/memory ] || cover /sys/fs/cgroup'] : []),
    ...hidden.map((path) => `cover ${shellQuoted(path)}`),
    // They may lie below what was covered.
    `again() { mkdir -p "$2" && ${mount} -c -o "bind,$3" "/proc/self/fd/$1" "$2" || refuse "$2"; }`,
    ...(options.own
      ? ['again 8 "$folder" rw; again 9 "$tools" ro']
      : ['[ -d "$folder" ] || again 8 "$folder" rw; [ -d "$tools" ] || again 9 "$tools" ro']),
    ...(options.own ? [readOnly(places, mount)] : []),
    ...(options.inUserNamespace ? ['{ echo 0 >/proc/sys/user/max_user_namespaces; } 2>/dev/null'] : []),
    // The old working folder would still be the one beneath.
    'exec 8<&- 9<&-; cd /',
    'exec "$@"',
  ].join('\n');
}

function ownPlaces({ shared }: Places, mount: string): string[] {
  return [
    `temporary="$folder"/${OWN_TEMPORARY}; mkdir -p "$temporary" && [ ! -L "$temporary" ] || refuse /tmp`,
    ...shared.map((path) => {
      const parent = TEMPORARY.find((folder) => isBelow(path, folder));
      const target = parent === undefined ? shellQuoted(path) : `"$temporary"${shellQuoted(path.slice(parent.length))}`;
      const make = parent === undefined ? '' : `mkdir -p ${target} && `;
      return `[ ! -d ${shellQuoted(path)} ] || { ${make}bind ${shellQuoted(path)} ${target}; }`;
    }),
    // From here on the folder itself may be out of sight, behind the first of them.
    ...TEMPORARY.map(
      (path, at) =>
        `[ ! -d ${path} ] || [ -L ${path} ] || ${mount} -c --rbind ${at === 0 ? '"$temporary"' : TEMPORARY[0]} ${path} || refuse ${path}`,
    ),
    `[ ! -d /dev/shm ] || tmpfs /dev/shm size=${SHARED_MEMORY},mode=1777`,
    `[ ! -d /dev/pts ] || ${mount} -t devpts -o newinstance,ptmxmode=0666,mode=0600 devpts /dev/pts 2>/dev/null ||
      tmpfs /dev/pts size=16k,mode=0755`,
  ];
}

/** Every mount but those of the operation's; what cannot be made read-only is covered. */
function readOnly({ shared }: Places, mount: string): string {
  const kept = ['/proc', '/proc/*', '/sys/fs/cgroup/*', '/dev/shm', '/dev/pts', ...TEMPORARY.flatMap((path) => [path, `${path}/*`])];
  const patterns = ['"$folder"', ...kept, ...shared.map(shellQuoted)].join('|');
  return `while read -r _ _ _ _ point options _; do
    case $options in rw|rw,*) ;; *) continue ;; esac
    case $point in *\\\\*) point=$(printf '%b.' "$(printf %s "$point" | sed 's/\\\\/\\\\0/g')"); point=\${point%.} ;; esac
    case $point in ${patterns}) continue ;; esac
    ${mount} -o "remount,bind,ro\${options#rw}" "$point" 2>/dev/null && continue
    [ ! -d "$point" ] || ${mount} -t tmpfs -o ro,size=16k,mode=0755 none "$point" || refuse "$point"
  done </proc/self/mountinfo`;
}
