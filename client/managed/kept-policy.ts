import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { GoodEntries, PolicyDocument } from './judge-policy.ts';
import { onlyUsable, withLastGood } from './last-good.ts';

/** What held of each place when a program last looked, for the next start. */
export interface KeptPolicy {
  /** Nothing where there is none, or what is there can’t be used. */
  load(): readonly GoodEntries[];
  /** Whether it could be kept is nobody’s concern: without it, the next start is as the first. */
  save(good: readonly GoodEntries[]): void;
}

/** Its name in a state folder. */
export const keptPolicyName = 'managed-policy.json';

const schema = z.array(
  z.object({
    source: z.object({ scope: z.enum(['machine', 'user']), place: z.string() }),
    entries: z.record(z.string(), z.unknown()),
  }),
);

/** Keeps it in a file of the person’s, who can change it and gains nothing: see {@link withKept}. */
export function keptPolicyFile(path: string): KeptPolicy {
  return {
    load() {
      try {
        return onlyUsable(schema.parse(JSON.parse(readFileSync(path, 'utf8'))));
      } catch {
        return [];
      }
    },
    save(good) {
      const fresh = `${path}.${process.pid}`;
      try {
        writeFileSync(fresh, JSON.stringify(good), { mode: 0o600 });
        renameSync(fresh, path);
      } catch {
        rmSync(fresh, { force: true });
      }
    },
  };
}

/**
 * Documents at a start, with what held of those before that can’t be used at all now. Those that can be read, and those that
 * are gone, count by themselves: nobody but an administrator makes a place unusable, and whoever changes what is kept is where
 * they would be without it. Pure.
 */
export function withKept(
  documents: readonly PolicyDocument[],
  kept: readonly GoodEntries[],
): readonly PolicyDocument[] {
  return documents.flatMap((document) => (document.status === 'refused' ? withLastGood([document], kept) : [document]));
}
