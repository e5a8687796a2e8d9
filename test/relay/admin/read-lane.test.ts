import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openReadLane, type ReadLane } from '../../../relay/admin/read-lane.ts';

/** A thread that answers with what it is asked, counts how often it was begun, and hangs or ends when asked to. */
const script = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, input }) => {
    if (input === 'hang') for (;;);
    if (input === 'end') process.exit(3);
    if (input === 'throw') throw new Error('broken');
    if (input === 'refuse') parentPort.postMessage({ id, refused: { code: 'bad-input', message: 'no' } });
    else parentPort.postMessage({ id, result: input });
  });`;

let lane: ReadLane | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await lane?.close();
});

const opened = (longestMs: number) => {
  let begun = 0;
  const ownLane = openReadLane(longestMs, () => {
    begun += 1;
    return new Worker(script, { eval: true });
  });
  lane = ownLane;
  const ask = (input: string): Promise<unknown> => ownLane.ask({ task: 'report', place: {} as never, input });
  return { ask, threads: () => begun };
};

describe('questions to a thread', () => {
  it('are answered in turn, also behind ones that are refused', async () => {
    const { ask, threads } = opened(60_000);
    await expect(ask('refuse')).rejects.toMatchObject({ code: 'bad-input' });
    expect(await Promise.all([ask('a'), ask('b')])).toEqual(['a', 'b']);
    expect(threads()).toBe(1);
  });

  it('that take too long are given up, and who waits behind is answered by another thread', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { ask, threads } = opened(20_000);
    expect(await ask('warm')).toBe('warm');
    const hanging = ask('hang');
    const behind = ask('behind');
    vi.advanceTimersByTime(20_000);
    await expect(hanging).rejects.toMatchObject({ code: 'overloaded' });
    expect(await behind).toBe('behind');
    expect(threads()).toBe(2);
  });

  it.each(['end', 'throw'])('fail with a thread that does “%s”, and the next one is answered', async (how) => {
    const { ask } = opened(60_000);
    const lost = ask(how);
    const behind = ask('behind');
    await expect(lost).rejects.toThrow();
    expect(await behind).toBe('behind');
  });

  it('are refused when too many wait', async () => {
    const { ask } = opened(60_000);
    const waiting = Array.from({ length: 40 }, () => ask('x'));
    const settled = await Promise.allSettled(waiting);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
  });

  it('fail when the relay stops', async () => {
    const { ask } = opened(60_000);
    const hanging = [ask('hang'), ask('behind')];
    const failed = Promise.allSettled(hanging);
    await lane?.close();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
