import { expect, test } from 'vitest';
import { runKills } from './run-kills.ts';

test('a relay that is killed six times, with its commands, keeps all that anybody was told of', async () => {
  const kept = await runKills(6, () => undefined);
  expect(kept.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  const counted = new Map(kept.map(({ what, count }) => [what, count]));
  for (const [what, count] of counted) expect([what, count > 0]).toEqual([what, true]);
}, 600_000);
