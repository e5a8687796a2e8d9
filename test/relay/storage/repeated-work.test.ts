import { expect, it } from 'vitest';
import { repeatedWork } from '../../../relay/storage/repeated-work.ts';

it.each(Array.from({ length: 12 }, (_, turns) => turns))(
  'what is asked for %i turns after the first time is done from then on',
  async (turns) => {
    let state = 'old';
    const seen: string[] = [];
    const work = repeatedWork(async () => {
      seen.push(state);
      await Promise.resolve();
    });
    const first = work.request();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    state = 'new';
    await work.request();
    await first;
    expect(seen.at(-1)).toBe('new');
    expect(work.isDue).toBe(false);
  },
);

it('what failed is due until it is asked for again', async () => {
  let isAway = true;
  const work = repeatedWork(() => (isAway ? Promise.reject(new Error('It is away.')) : Promise.resolve()));
  await expect(work.request()).rejects.toThrow('It is away.');
  expect(work.isDue).toBe(true);
  isAway = false;
  await work.request();
  expect(work.isDue).toBe(false);
});
