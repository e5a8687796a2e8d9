import { distance } from 'fastest-levenshtein';
import { isManagedKey, type ManagedKey, managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';
import type { ManagedState, PolicyProblem, PolicySource } from '../../shared/managed/managed-state.ts';
import { strictValues } from './strict-values.ts';

/** What can be used of one place. */
export interface GoodEntries {
  readonly source: PolicySource;
  readonly entries: Readonly<Record<string, unknown>>;
}

/**
 * What one file, or one key of the registry, says; or why it counts for nothing. `held` is what was usable there before,
 * and holds on in place of what isn’t now.
 */
export type PolicyDocument =
  | ({ readonly status: 'read'; readonly held?: Readonly<Record<string, unknown>> } & GoodEntries)
  | { readonly status: 'refused'; readonly problem: PolicyProblem; readonly held?: readonly GoodEntries[] };

/**
 * What holds of some documents, the strongest last: each valid value of the strongest that has one. What isn’t valid, and
 * keys that don’t exist, are named; they take nothing from the rest. A key that restricts holds at its strictest where its
 * value isn’t valid and none was before. Pure.
 */
export function judgePolicy(documents: readonly PolicyDocument[]): ManagedState {
  const values: Record<string, { readonly value: unknown; readonly source: PolicySource }> = {};
  const problems: PolicyProblem[] = [];

  function judge({ source, entries }: GoodEntries, before: Readonly<Record<string, unknown>> = {}): void {
    for (const [key, given] of Object.entries(entries)) {
      if (!isManagedKey(key)) {
        problems.push({ place: source.place, fault: 'unknown-key', key: key.slice(0, 200), nearest: nearestKey(key) });
        continue;
      }
      const { schema } = managedKeys[key];
      const parsed = schema.safeParse(given);
      if (parsed.success) {
        values[key] = { value: parsed.data, source };
        continue;
      }
      const at = [key, ...(parsed.error.issues[0]?.path ?? [])].map(String).join('.');
      const instead = Object.hasOwn(before, key)
        ? ({ value: schema.parse(before[key]), holds: 'earlier' } as const)
        : ({ value: strictValues[key], holds: 'strictest' } as const);
      const holds = instead.value === undefined ? {} : { holds: instead.holds };
      if (instead.value !== undefined) values[key] = { value: instead.value, source };
      problems.push({ place: source.place, fault: 'value', key, at, ...holds });
    }
  }

  for (const document of documents) {
    if (document.status === 'read') {
      judge(document, document.held);
      continue;
    }
    const { problem, held = [] } = document;
    problems.push(held.length === 0 ? problem : { ...problem, holds: 'earlier' });
    for (const good of held) judge(good);
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
