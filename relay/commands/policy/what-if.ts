import { readFile } from 'node:fs/promises';
import { AccessError } from '../../../shared/errors.ts';
import { shownText } from '../../../shared/shown-text.ts';
import type { ChangeKind, WhatIf, WhatIfChange, WhatIfScope } from '../../what-if/what-if.ts';
import { type WhatIfAsked, whatIfAt, type WhatIfPlace } from '../../what-if/what-if-at.ts';
import type { AtRelay } from '../running-relay.ts';

/** What `relay policy what-if` was asked. */
export interface WhatIfOptions extends Omit<WhatIfAsked, 'text'> {
  /** File with the proposed config. */
  readonly file: string;
  /** The relay that runs, to be asked; or where the one of the config in force keeps its audit. */
  readonly place: WhatIfPlace | AtRelay;
  /** One JSON object instead of text. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
}

/**
 * Prints who would lose or gain what by a proposed config. Exit code 0 when nobody loses anything for certain, 3 when
 * somebody does, 2 for bad input, 1 when the storage can’t be reached.
 */
export async function whatIfCommand({
  file,
  place,
  json,
  write,
  warn = write,
  ...bounds
}: WhatIfOptions): Promise<number> {
  let found: WhatIf;
  try {
    const asked = { ...bounds, text: await textOf(file) };
    found =
      'relay' in place
        ? ((await place.relay.post('/admin/v1/policy/what-if', asked)) as WhatIf)
        : await whatIfAt({ ...place, path: file }, asked, Date.now());
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    warn(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  }
  write(json ? `${JSON.stringify(found)}\n` : inWords(found));
  return found.totals.lost.requests > 0 ? 3 : 0;
}

const headings: Readonly<Record<ChangeKind, string>> = {
  lost: 'Would be denied from now on',
  gained: 'Would be allowed from now on',
  uncertain: 'Can’t be told, because no record says what it depends on',
};

function inWords({ totals, changes, groups, scope, changedApis }: WhatIf): string {
  const lines = [scopeWords(scope), ''];
  if (changedApis.length === 0) lines.push('The rules of all APIs are the same as those in force.');
  else lines.push(`Rules differ at: ${changedApis.join(', ')}.`);
  for (const kind of ['lost', 'gained', 'uncertain'] as const) {
    const { requests, people } = totals[kind];
    if (requests === 0) continue;
    lines.push('', `${headings[kind]}: ${requests} requests of ${people} people.`);
    for (const { group, people: members, requests: sent } of groups
      .filter(({ change }) => change === kind)
      .slice(0, 10))
      lines.push(shownText(`  group ${group}: ${sent} requests of ${members} people`));
    for (const change of changes) if (change.change === kind) lines.push(...changeWords(change));
  }
  if (changedApis.length > 0 && totals.lost.requests + totals.gained.requests + totals.uncertain.requests === 0)
    lines.push('No request of that time would be decided otherwise.');
  if (scope.withoutRow > 0) lines.push('', `${scope.withoutRow} requests are in further rows. Show more with --rows.`);
  return `${lines.join('\n')}\n`;
}

function changeWords(change: WhatIfChange): readonly string[] {
  const { person, api, method, path, requests, firstAtMs, lastAtMs, recorded, inForce, proposed } = change;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const when = requests === 1 ? `at ${iso(lastAtMs)}` : `from ${iso(firstAtMs)} to ${iso(lastAtMs)}`;
  const rule = ({ effect, rule: name }: { effect: string; rule: string | null }): string =>
    `${effect} by ${name === null ? 'no rule' : `“${name}”`}`;
  const before = recorded.effect === inForce.effect ? '' : `, now in force: ${rule(inForce)}`;
  const depends = proposed.dependsOn.length === 0 ? '' : ` It depends on: ${proposed.dependsOn.join('; ')}.`;
  return [
    shownText(`  ${person.username}  ${method} ${api}${path}  ${requests}×, ${when}`),
    shownText(`      then: ${rule(recorded)}${before}; proposed: ${rule(proposed)}.${depends}`),
  ];
}

function scopeWords({ sinceMs, reachedMs, records, decisions, stoppedBy, leftOut, notes }: WhatIfScope): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const reach: Readonly<Record<NonNullable<WhatIfScope['stoppedBy']>, string>> = {
    time: 'It took its time and stopped there: allow more with --seconds.',
    records: 'It looked at as many records as it may and stopped there: allow more with --records.',
    'audit-begins': 'The audit begins there.',
  };
  const from = reachedMs === null ? iso(sinceMs) : iso(stoppedBy === null ? sinceMs : reachedMs);
  const out = Object.entries(leftOut).map(([code, count]) => `${count} ${code}`);
  return [
    `Looked at ${decisions} decisions in ${records} records back to ${from}.${stoppedBy === null ? '' : ` ${reach[stoppedBy]}`}`,
    ...(out.length === 0 ? [] : [`Left out, because rules didn’t decide them: ${out.join(', ')}.`]),
    ...notes,
  ].join('\n');
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-input', `${path} can’t be read.`, { cause: error });
  }
}
