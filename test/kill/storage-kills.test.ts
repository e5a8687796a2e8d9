import { expect, test } from 'vitest';
import { postgresPrograms } from '../support/start-postgres.ts';
import { runStateKills } from './run-state-kills.ts';
import { runStorageKills } from './run-storage-kills.ts';

test.runIf(postgresPrograms !== null).each([
  { mode: 'shipped', target: 'relay', kills: 2 },
  { mode: 'database', target: 'relay', kills: 2 },
  { mode: 'shipped', target: 'postgres', kills: 2 },
  { mode: 'database', target: 'postgres', kills: 3 },
] as const)(
  'with $mode records, $kills kills of the $target lose nothing that anybody was told of',
  async (kill) => {
    const kept = await runStorageKills(kill, () => undefined);
    expect(kept.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    for (const { what, count } of kept) expect([what, count > 0]).toEqual([what, true]);
  },
  600_000,
);

test.runIf(postgresPrograms !== null)(
  'kills of PostgreSQL lose no lock, grant or revocation that anybody was told of, and leave one record of each',
  async () => {
    const kept = await runStateKills(5);
    expect(kept.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    for (const { what, count } of kept) expect([what, count > 0]).toEqual([what, true]);
  },
  600_000,
);
