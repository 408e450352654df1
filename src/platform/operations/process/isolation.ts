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
  // Nothing of the real temporary folders is in sight then.
  const hidden = options.own
    ? [...places.hidden, options.operations].filter((path) => !isTemporary(path))
    : places.hidden;
  return [
    'set -f',
    `refuse() { echo "holdfast: the operation cannot be isolated: $1" >&2; exit ${NOT_ISOLATED}; }`,
    'folder=$1 tools=$2; shift 2',
    // Kept open, since paths lead elsewhere in a moment.
    '[ -d "$folder" ] && [ -d "$tools" ] || refuse folder; exec 8<"$folder" 9<"$tools"',
    `tmpfs() { ${mount} -c -t tmpfs -o "nosuid,nodev,$2" none "$1" || refuse "$1"; }`,
    `bind() { ${mount} -c --bind "$1" "$2" || refuse "$2"; }`,
    `cover() {
      if [ -d "$1" ]; then tmpfs "$1" "noexec,size=16k,mode=0755,$2"
      elif [ -e "$1" ]; then bind /dev/null "$1"
      fi
    }`,
    ...(options.own ? ownPlaces(places, mount, options.operations) : []),
    // Of the first version each controller is a mount; programs do without.
    ...(options.own ? ['[ ! -d /sys/fs/cgroup/memory ] || cover /sys/fs/cgroup ro'] : []),
    // Folders are made again in what holds those of operations; it becomes read-only afterwards.
    ...hidden.map((path) => {
      const holds = path === options.operations || isBelow(options.operations, path);
      return `cover ${shellQuoted(path)} ${holds ? 'rw' : 'ro'}`;
    }),
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

function isTemporary(path: string): boolean {
  return TEMPORARY.some((folder) => isBelow(path, folder));
}

/**
 * A running operation may change its folder while a call of its `ctx` arranges the same view again: what is mounted is
 * where this shell stands, after it looked that no link led it elsewhere.
 */
function ownPlaces({ shared }: Places, mount: string, operations: string): string[] {
  const [first = ''] = TEMPORARY.filter((folder) => isBelow(operations, folder)).map(
    (folder) => `${folder}/${operations.slice(folder.length + 1).split('/', 1)[0] ?? ''}`,
  );
  const begin = shellQuoted(first);
  return [
    ...shared.map((path) => `[ ! -d ${shellQuoted(path)} ] || bind ${shellQuoted(path)} ${shellQuoted(path)}`),
    `cd -P -- "$folder" && real=$(pwd -P) && mkdir -p ${OWN_TEMPORARY} && cd -P ${OWN_TEMPORARY} &&
      [ "$(pwd -P)" = "$real/${OWN_TEMPORARY}" ] || refuse /tmp`,
    ...TEMPORARY.map((path) => `[ ! -d ${path} ] || [ -L ${path} ] || bind . ${path}`),
    'cd /',
    ...(first === ''
      ? []
      : [
          `mkdir ${begin} 2>/dev/null; cd -P ${begin} && [ "$(pwd -P)" = ${begin} ] || refuse ${begin}`,
          'tmpfs . noexec,size=16k,mode=0755',
          'cd /',
        ]),
    `[ ! -d /dev/shm ] || tmpfs /dev/shm size=${SHARED_MEMORY},mode=1777`,
    `[ ! -d /dev/pts ] || ${mount} -t devpts -o newinstance,ptmxmode=0666,mode=0600 devpts /dev/pts 2>/dev/null ||
      tmpfs /dev/pts size=16k,mode=0755`,
  ];
}

/** Every mount but those of the operation's; what cannot be made read-only is covered. */
function readOnly({ shared }: Places, mount: string): string {
  const kept = [
    '/proc',
    '/proc/*',
    '/sys/fs/cgroup/*',
    '/dev/shm',
    '/dev/pts',
    ...TEMPORARY.flatMap((path) => [path, `${path}/*`]),
  ];
  const patterns = ['"$folder"', ...kept, ...shared.map(shellQuoted)].join('|');
  return `while read -r _ _ _ _ point options _; do
    case $options in rw|rw,*) ;; *) continue ;; esac
    case $point in *\\\\*) point=$(printf '%b.' "$(printf %s "$point" | sed 's/\\\\/\\\\0/g')"); point=\${point%.} ;; esac
    case $point in ${patterns}) continue ;; esac
    ${mount} -o "remount,bind,ro\${options#rw}" "$point" 2>/dev/null && continue
    [ ! -d "$point" ] || ${mount} -t tmpfs -o ro,size=16k,mode=0755 none "$point" || refuse "$point"
  done </proc/self/mountinfo`;
}
