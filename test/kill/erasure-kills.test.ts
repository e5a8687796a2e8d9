import { expect, test } from 'vitest';
import { runErasureKills } from './run-erasure-kills.ts';

test('a relay that is killed six times while it erases people goes on by itself until nothing of them is left', async () => {
  const kept = await runErasureKills(6, () => undefined);
  expect(kept.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  for (const { what, count } of kept) expect([what, count > 0]).toEqual([what, true]);
}, 600_000);
