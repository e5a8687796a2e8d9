import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config-schema.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import { openUntouched } from '../storage/open-to-read.ts';
import { usageFile } from './open-usage.ts';

const mostNotes = 20;

/** Groups that anybody had who sent a request, as this relay has counted them; null when it has counted none yet. */
export function groupsSeen(dataDir: string): ReadonlySet<string> | null {
  const path = join(dataDir, usageFile);
  if (!existsSync(path)) return null;
  try {
    const database = openUntouched(path);
    try {
      const rows = database
        .prepare("SELECT text FROM word WHERE text LIKE '[%' AND id IN (SELECT DISTINCT groups FROM usage)")
        .all();
      return rows.length === 0 ? null : new Set(rows.flatMap((row) => JSON.parse(String(row['text'])) as string[]));
    } finally {
      database.close();
    }
  } catch {
    // Not this user's to read, or of another version: nothing is known then.
    return null;
  }
}

/** Groups that rules name and nobody ever had: a slip of the pen, or one that the provider doesn’t send. */
export function notesOnGroups({ apis }: Pick<Config, 'apis'>, seen: ReadonlySet<string>): readonly string[] {
  const notes = apis.flatMap(({ id, rules, access_requests: requests }) => {
    // Roles come with grants, not with tokens.
    const roles = new Set(requests?.roles ?? []);
    return rules.flatMap(({ name, groups = [] }) =>
      groups
        .filter((group) => group !== '*' && !roles.has(group) && !seen.has(group))
        .map(
          (group) =>
            `The rule “${name}” of the API “${id}” names the group “${group}”, which nobody had who sent a request so far.${didYouMean(group, [...seen])} Check its spelling, and whether the provider sends it.`,
        ),
    );
  });
  if (notes.length <= mostNotes) return notes;
  return [...notes.slice(0, mostNotes), `${notes.length - mostNotes} more groups were never seen.`];
}
