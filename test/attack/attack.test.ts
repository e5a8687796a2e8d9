import { expect, test } from 'vitest';
import { runAttack } from './run-attack.ts';

test('ten seconds of generated cases from both sides crash, hang and smuggle nothing', async () => {
  const { finding, counts } = await runAttack({ seed: 8, durationMs: 10_000 });
  expect(finding).toBeNull();
  expect(counts.delivered).toBeGreaterThan(0);
});
