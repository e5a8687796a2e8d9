import type { Catalog, CatalogEntry } from '../catalog.ts';
import type { RelayControl } from './control-message.ts';

type CatalogPart = Omit<Extract<RelayControl, { type: 'catalog-part' }>, 'type'>;

/** Well below what a CONTROL frame may have, so that the rest of a `welcome` fits beside it. */
const partBytes = 524_288;

/** A catalog as it fits into control messages: what `welcome` or `catalog` takes, and the parts that follow it. */
export function catalogParts(catalog: Catalog): { first: Catalog; more: boolean; parts: readonly CatalogPart[] } {
  const groups: CatalogEntry[][] = [[]];
  let bytes = 0;
  const encoder = new TextEncoder();
  for (const entry of catalog.apis) {
    const entryBytes = encoder.encode(JSON.stringify(entry)).length + 1;
    if (bytes > 0 && bytes + entryBytes > partBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(entry);
    bytes += entryBytes;
  }
  const [first = [], ...others] = groups;
  return {
    first: others.length === 0 ? catalog : { ...catalog, apis: first },
    more: others.length > 0,
    parts: others.map((apis, index) => ({ apis, more: index < others.length - 1 })),
  };
}

/** Puts a catalog together again; one that begins anew replaces what came of the one before. */
export class CatalogAssembly {
  #begun: Catalog | null = null;

  /** Of `welcome` and `catalog`; the catalog when it is whole. */
  begin(first: Catalog, more: boolean): Catalog | null {
    this.#begun = more ? { ...first, apis: [...first.apis] } : null;
    return more ? null : first;
  }

  /** Of `catalog-part`; the catalog when it is whole. Undefined when none was begun. */
  add({ apis, more }: CatalogPart): Catalog | null | undefined {
    const begun = this.#begun;
    if (begun === null) return undefined;
    for (const entry of apis) begun.apis.push(entry);
    if (more) return null;
    this.#begun = null;
    return begun;
  }
}
