/** What finding hosts needs of a node template. */
export interface Containable {
  readonly isHost: boolean;
  /** The node template that it is contained in. */
  readonly container: string | null;
}

/**
 * The host of every node template that has one (dsl.md §10): itself when its type is a host type, else its
 * container's. Chains of containment may be of any length, but must not be circular.
 */
export function hostsOf(templates: ReadonlyMap<string, Containable>): ReadonlyMap<string, string> {
  const hosts = new Map<string, string | null>();
  for (const start of templates.keys()) {
    const trail: string[] = [];
    let host: string | null = null;
    for (let name: string | null = start; name !== null;) {
      const known = hosts.get(name);
      const template = templates.get(name);
      if (known !== undefined || template === undefined) {
        host = known ?? null;
        break;
      }
      trail.push(name);
      if (template.isHost) {
        host = name;
        break;
      }
      name = template.container;
    }
    for (const name of trail) {
      hosts.set(name, host);
    }
  }
  const found = new Map<string, string>();
  for (const [name, host] of hosts) {
    if (host !== null) {
      found.set(name, host);
    }
  }
  return found;
}
