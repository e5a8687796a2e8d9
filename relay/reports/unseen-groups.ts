import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { breakGlassGroup } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import { openUntouched } from '../storage/open-to-read.ts';
import { usageFile } from './open-usage.ts';

const mostNotes = 20;

/** The parts of a config that name groups of callers. */
type NamingGroups = Pick<Config, 'apis' | 'tiers' | 'access_requests' | 'break_glass'>;

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

/** Groups that rules and tiers name and nobody ever had: a slip of the pen, or one that the provider doesn’t send. */
export function notesOnGroups(
  { apis, tiers, access_requests: everywhere, break_glass: local }: NamingGroups,
  seen: ReadonlySet<string>,
): readonly string[] {
  // Roles come with grants, not with tokens; groups of emergency accounts with a day on which the provider is down.
  const elsewhere = new Set([
    ...everywhere.roles.map(({ role }) => role),
    ...(local?.accounts ?? []).flatMap(({ groups }) => [breakGlassGroup, ...groups]),
  ]);
  const unseen = (where: string, groups: readonly string[], roles: ReadonlySet<string>): readonly string[] =>
    groups
      .filter((group) => group !== '*' && !roles.has(group) && !elsewhere.has(group) && !seen.has(group))
      .map(
        (group) =>
          `${where} names the group “${group}”, which nobody had who sent a request so far.${didYouMean(group, [...seen])} Check its spelling, and whether the provider sends it.`,
      );
  const notes = [
    ...apis.flatMap(({ id, rules, access_requests: requests }) => {
      const roles = new Set(requests?.roles ?? []);
      return rules.flatMap(({ name, groups = [] }) => unseen(`The rule “${name}” of the API “${id}”`, groups, roles));
    }),
    ...tiers.flatMap(({ name, groups = [] }) => unseen(`The tier “${name}”`, groups, new Set())),
  ];
  if (notes.length <= mostNotes) return notes;
  return [...notes.slice(0, mostNotes), `${notes.length - mostNotes} more groups were never seen.`];
}
