import { sep } from 'node:path';
import { isManagedKey, managedKeys } from '../../shared/managed/managed-keys.ts';
import type { GoodEntries, PolicyDocument } from './judge-policy.ts';

/**
 * Documents with what held before at each place that can’t be used any more, wholly or at single keys: what is half written
 * takes nothing away. Pure.
 */
export function withLastGood(
  documents: readonly PolicyDocument[],
  before: readonly GoodEntries[],
): readonly PolicyDocument[] {
  return documents.map((document) => {
    if (document.status === 'refused') {
      const held = before.filter(({ source }) => isAt(source.place, document.problem.place));
      return held.length === 0 ? document : { ...document, held };
    }
    const earlier = before.find(({ source }) => source.place === document.source.place)?.entries ?? {};
    const held = Object.entries(earlier).filter(
      ([key]) => Object.hasOwn(document.entries, key) && !isUsable(key, document.entries[key]),
    );
    return held.length === 0 ? document : { ...document, held: Object.fromEntries(held) };
  });
}

/** What holds of each place, to be kept until the next look. */
export function goodEntriesOf(documents: readonly PolicyDocument[]): readonly GoodEntries[] {
  return documents.flatMap((document): readonly GoodEntries[] => {
    if (document.status === 'refused') return document.held ?? [];
    const usable = onlyUsable([document]).map(({ entries }) => entries);
    return [{ source: document.source, entries: Object.assign({ ...document.held }, ...usable) }];
  });
}

/** Entries without what nobody could use, such as keys of another version. Pure. */
export function onlyUsable(kept: readonly GoodEntries[]): readonly GoodEntries[] {
  return kept.map(({ source, entries }) => ({
    source,
    entries: Object.fromEntries(Object.entries(entries).filter(([key, value]) => isUsable(key, value))),
  }));
}

function isUsable(key: string, value: unknown): boolean {
  return isManagedKey(key) && managedKeys[key].schema.safeParse(value).success;
}

/** Itself, or a file in a folder that can’t be used as a whole. */
export function isAt(place: string, refused: string): boolean {
  return place === refused || place.startsWith(refused + sep);
}
