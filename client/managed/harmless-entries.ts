import { isDeepStrictEqual } from 'node:util';
import { isManagedKey } from '../../shared/managed/managed-keys.ts';
import { type GoodEntries, judgePolicy, type PolicyDocument } from './judge-policy.ts';
import { strictValues } from './strict-values.ts';

/** Keys whose strictest value would be worth something to a person, over what IT has set: no updates, or pins of their own. */
const neverOverOthers: ReadonlySet<string> = new Set(['certificatePins', 'updates']);

/**
 * What the person could set anyway of entries that they could have written: keys that no document has, but for what a document
 * takes out of their hands. Pure.
 */
export function fillsIn(kept: readonly GoodEntries[], documents: readonly PolicyDocument[]): readonly GoodEntries[] {
  const isFree = freeKeys(documents);
  return filtered(kept, (key) => isFree(key));
}

/**
 * What takes something away, over whatever else is said, of entries that the person could have written; with “only these
 * relays” those relays, so that nobody is signed out. Pure.
 */
export function restrictions(
  kept: readonly GoodEntries[],
  documents: readonly PolicyDocument[],
): readonly GoodEntries[] {
  const isFree = freeKeys(documents);
  const isOnly = kept.some(({ entries }) => entries['allowedRelaysOnly'] === true);
  return filtered(kept, (key, value) => {
    if (key === 'relays') return isOnly && isFree(key);
    if (key === 'certificatePins') return isFree(key);
    const strict = isManagedKey(key) ? strictValues[key] : undefined;
    return strict !== undefined && isDeepStrictEqual(value, strict) && (!neverOverOthers.has(key) || isFree(key));
  });
}

/** Keys that no document has, and that none keeps the person from setting. */
function freeKeys(documents: readonly PolicyDocument[]): (key: string) => boolean {
  const { allowedRelaysOnly, lockedSettings } = judgePolicy(documents).values;
  const taken = new Set(
    documents.flatMap((document) =>
      document.status === 'read'
        ? Object.keys({ ...document.held, ...document.entries })
        : (document.held ?? []).flatMap(({ entries }) => Object.keys(entries)),
    ),
  );
  if (allowedRelaysOnly?.value === true) taken.add('relays');
  for (const setting of lockedSettings?.value ?? []) taken.add(setting);
  return (key) => !taken.has(key);
}

function filtered(
  kept: readonly GoodEntries[],
  isKept: (key: string, value: unknown) => boolean,
): readonly GoodEntries[] {
  return kept.flatMap(({ source, entries }) => {
    const some = Object.entries(entries).filter(([key, value]) => isKept(key, value));
    return some.length === 0 ? [] : [{ source, entries: Object.fromEntries(some) }];
  });
}
