import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BrokenOff, openReadLane, type ReadLane } from '../../../relay/admin/read-lane.ts';
import { laneOf, type ReadTask, readTasks } from '../../../relay/admin/read-tasks.ts';

/** A thread that answers with what it is asked, counts how often it was begun, and hangs or ends when asked to. */
const script = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, input }) => {
    if (input === 'hang') for (;;);
    if (input === 'end') process.exit(3);
    if (input === 'throw') throw new Error('broken');
    if (input === 'refuse') parentPort.postMessage({ id, refused: { code: 'bad-input', message: 'no' } });
    if (input === 'slow') setTimeout(() => parentPort.postMessage({ id, result: input }), 300);
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
  const ask = (input: string, wanted?: AbortSignal): Promise<unknown> =>
    ownLane.ask({ task: 'report', place: {} as never, input }, wanted);
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

  it('that have begun end when the relay stops and there is time; who waits and who comes is refused', async () => {
    const { ask } = opened(60_000);
    expect(await ask('warm')).toBe('warm');
    const [begun, behind] = [ask('slow'), ask('behind')];
    const refused = expect(behind).rejects.toThrow('The relay stops.');
    const closed = lane?.close(60_000);
    const late = expect(ask('late')).rejects.toThrow('The relay stops.');
    expect(await begun).toBe('slow');
    await Promise.all([closed, refused, late]);
  });

  it('that don’t end in that time are said to be broken off', async () => {
    const { ask } = opened(60_000);
    const broken = expect(ask('hang')).rejects.toBeInstanceOf(BrokenOff);
    await lane?.close(50);
    await broken;
  });

  it('aren’t begun when nobody waits for the answer any more', async () => {
    const { ask } = opened(60_000);
    const gone = new AbortController();
    const begun = ask('slow', gone.signal);
    const waiting = expect(ask('behind', gone.signal)).rejects.toMatchObject({ code: 'overloaded' });
    gone.abort();
    await waiting;
    await expect(ask('late', gone.signal)).rejects.toMatchObject({ code: 'overloaded' });
    expect([await begun, await ask('next')]).toEqual(['slow', 'next']);
  });
});

it('an erasure waits for no other reading', () => {
  const erasing = (Object.keys(readTasks) as ReadTask[]).filter((task) => laneOf(task) === 'erasing');
  expect(new Set(erasing)).toEqual(new Set(['erasePerson', 'goOnErasing']));
});
