import type { ListenerDescription } from './control-message.ts';
import { ProtocolError } from './frame-codec.ts';

/** Well below what a CONTROL frame may have, so that the rest of a `hello` fits beside it. */
const partBytes = 524_288;
/** What a host or a key takes beside its own characters, at most, with the listener that it is of. */
const entryBytes = 64;
/** Hosts and keys of one client: those of 10,000 APIs, each with a port, a name and a socket of its own. */
const maxEntries = 100_000;

/** Listeners as they fit into control messages; one with many hosts goes on in the next part, under the same id. */
export function listenerParts(listeners: readonly ListenerDescription[]): {
  readonly first: ListenerDescription[];
  readonly rest: readonly ListenerDescription[][];
} {
  const parts: ListenerDescription[][] = [[]];
  let bytes = 0;
  for (const { id, hosts, accessKeys = {} } of listeners) {
    let open: ListenerDescription | null = null;
    const openFor = (size: number): ListenerDescription => {
      if (bytes + size > partBytes) {
        parts.push([]);
        bytes = 0;
        open = null;
      }
      bytes += size;
      if (open === null) {
        open = { id, hosts: {} };
        parts.at(-1)?.push(open);
      }
      return open;
    };
    openFor(entryBytes);
    for (const [host, api] of Object.entries(hosts)) {
      openFor(host.length + api.length + entryBytes).hosts[host] = api;
    }
    for (const [api, key] of Object.entries(accessKeys)) {
      (openFor(api.length + key.length + entryBytes).accessKeys ??= {})[api] = key;
    }
  }
  const [first = [], ...rest] = parts;
  return { first, rest };
}

/** Puts the listeners of a client together again; a set that begins anew replaces what came of the one before. */
export class ListenerAssembly {
  #begun: Map<number, ListenerDescription> | null = null;
  #entries = 0;

  /** Of `hello` and `listeners`; the listeners when they are whole. @throws ProtocolError when there are too many */
  begin(first: readonly ListenerDescription[], more: boolean): readonly ListenerDescription[] | null {
    this.#begun = new Map();
    this.#entries = 0;
    return this.add(first, more);
  }

  /** Of `listeners-part`. @throws ProtocolError when there are too many, or none was begun */
  add(listeners: readonly ListenerDescription[], more: boolean): readonly ListenerDescription[] | null {
    const begun = this.#begun;
    if (begun === null) throw new ProtocolError('A part of listeners that weren’t begun.');
    for (const { id, hosts, accessKeys } of listeners) {
      this.#entries += 1 + Object.keys(hosts).length + Object.keys(accessKeys ?? {}).length;
      if (this.#entries > maxEntries) throw new ProtocolError(`Listeners with more than ${maxEntries} hosts and keys.`);
      const known = begun.get(id);
      if (known === undefined) begun.set(id, { id, hosts: { ...hosts }, ...(accessKeys && { accessKeys }) });
      else {
        Object.assign(known.hosts, hosts);
        if (accessKeys !== undefined) known.accessKeys = { ...known.accessKeys, ...accessKeys };
      }
    }
    if (more) return null;
    this.#begun = null;
    return [...begun.values()];
  }
}
