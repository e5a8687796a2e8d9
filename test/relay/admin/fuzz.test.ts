import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FuzzWorld, startFuzzWorld } from '../../admin-fuzz/fuzz-world.ts';
import { runFuzz } from '../../admin-fuzz/run-fuzz.ts';

const requests = 1500;

let world: FuzzWorld;
beforeAll(async () => {
  world = await startFuzzWorld();
});
afterAll(() => world?.close());

it('answers what is made up from its document, right and wrong, as the document says, and stays well', async () => {
  const { failures, sent, statuses } = await runFuzz({ ...world, seed: 7, goesOn: (count) => count < requests });
  expect(failures).toEqual([]);
  expect(sent).toBe(requests);
  // Both kinds of requests were among them.
  expect([statuses['200'], statuses['400']]).toEqual([expect.any(Number), expect.any(Number)]);
  expect(await world.isWell()).toBe(true);
});
