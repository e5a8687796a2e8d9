import { distance } from 'fastest-levenshtein';
import { isManagedKey, type ManagedKey, managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';
import type { ManagedState, PolicyProblem, PolicySource } from '../../shared/managed/managed-state.ts';

/** What one file, or one key of the registry, says; or why it counts for nothing. */
export type PolicyDocument =
  | { readonly status: 'read'; readonly source: PolicySource; readonly entries: Readonly<Record<string, unknown>> }
  | { readonly status: 'refused'; readonly problem: PolicyProblem };

/**
 * What holds of some documents, the strongest last: each valid value of the strongest that has one. What isn’t valid, and
 * keys that don’t exist, are named; they take nothing from the rest. Pure.
 */
export function judgePolicy(documents: readonly PolicyDocument[]): ManagedState {
  const values: Record<string, { readonly value: unknown; readonly source: PolicySource }> = {};
  const problems: PolicyProblem[] = [];
  for (const document of documents) {
    if (document.status === 'refused') {
      problems.push(document.problem);
      continue;
    }
    const { source, entries } = document;
    for (const [key, given] of Object.entries(entries)) {
      if (!isManagedKey(key)) {
        problems.push({ place: source.place, fault: 'unknown-key', key: key.slice(0, 200), nearest: nearestKey(key) });
        continue;
      }
      const parsed = managedKeys[key].schema.safeParse(given);
      if (parsed.success) values[key] = { value: parsed.data, source };
      else {
        const path = parsed.error.issues[0]?.path ?? [];
        problems.push({ place: source.place, fault: 'value', key, at: [key, ...path].map(String).join('.') });
      }
    }
  }
  return { values: values as ManagedState['values'], problems };
}

/** The key that was likely meant; null when none is like it. */
function nearestKey(wrong: string): ManagedKey | null {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ .]/g, '');
  const [best] = managedKeyNames
    .map((name) => ({ name, away: distance(plain(wrong.slice(0, 100)), plain(name)) }))
    .toSorted((a, b) => a.away - b.away);
  return best !== undefined && best.away <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : null;
}
