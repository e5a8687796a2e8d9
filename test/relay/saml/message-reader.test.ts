import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MessageReader, openMessageReader } from '../../../relay/saml/message-reader.ts';

class FakeWorker extends EventEmitter {
  readonly asked: { readonly id: number; readonly task: { readonly type: string } }[] = [];
  ended = 0;
  isKeepingUp = true;
  unref(): void {
    this.isKeepingUp = false;
  }
  postMessage(message: FakeWorker['asked'][number]): void {
    this.asked.push(message);
  }
  terminate(): void {
    this.ended += 1;
  }
  answer(answer: object, id = this.asked.at(-1)?.id): void {
    this.emit('message', { id, ...answer });
  }
}

type Task = Parameters<MessageReader['response']>[0];
const task = {} as Task;

/** A reader and the threads that it started. */
function setUp() {
  const workers: FakeWorker[] = [];
  const startWorker = (): Worker => {
    workers.push(new FakeWorker());
    return workers.at(-1) as unknown as Worker;
  };
  vi.useFakeTimers();
  const reader = openMessageReader({ timeoutMs: 100, startWorker });
  onTestFinished(() => {
    reader.close();
    vi.useRealTimers();
  });
  const read = (): Promise<unknown> => reader.response(task).catch((error: unknown) => error);
  return { reader, read, workers };
}

const refusal = (message: string, more: object = {}) => expect.objectContaining({ message, ...more });

describe('a message', () => {
  it.each<[how: string, fail: (worker: FakeWorker) => void]>([
    ['with an error', (worker) => worker.emit('error', new Error('out of memory'))],
    ['without a word', (worker) => worker.emit('exit', 1)],
  ])('that ends the thread %s is refused, and the next one gets another', async (_how, fail) => {
    const { read, workers } = setUp();
    const [first, second] = [read(), read()];
    fail(workers[0] as FakeWorker);
    expect(await first).toEqual(refusal('The message can’t be read.', { code: 'token-rejected' }));
    expect(workers).toHaveLength(2);
    fail(workers[0] as FakeWorker);
    workers[0]?.answer({ status: 'read', value: 'late' }, 2);
    workers[1]?.answer({ status: 'read', value: 'second' });
    expect(await second).toBe('second');
    expect(workers[1]?.ended).toBe(0);
  });

  it('that takes too long is refused, and the next one gets the whole time and another thread', async () => {
    const { read, workers } = setUp();
    const [first, second] = [read(), read()];
    vi.advanceTimersByTime(99);
    expect(workers[0]?.ended).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await first).toEqual(refusal('The message takes too long to read.', { code: 'token-rejected' }));
    expect(workers[0]?.ended).toBe(1);
    vi.advanceTimersByTime(99);
    workers[1]?.answer({ status: 'read', value: 'second' });
    expect(await second).toBe('second');
    vi.advanceTimersByTime(1000);
    expect(workers.map(({ ended }) => ended)).toEqual([1, 0]);
  });

  it('is refused in the thread’s words, with their cause', async () => {
    const { read, workers } = setUp();
    const why = read();
    workers[0]?.answer({ status: 'refused', code: 'token-rejected', message: 'No.', cause: 'because' });
    expect(await why).toEqual(refusal('No.', { code: 'token-rejected', cause: refusal('because') }));
    const bare = read();
    workers[0]?.answer({ status: 'refused', code: 'token-rejected', message: 'No.' });
    expect(await bare).not.toHaveProperty('cause', expect.anything());
    const failed = read();
    workers[0]?.answer({ status: 'failed', reason: 'a fault' });
    expect(await failed).toEqual(refusal('a fault'));
    expect(await failed).not.toHaveProperty('code');
  });

  it('is read after those before it, each with the answer of its own number', async () => {
    const { reader, workers } = setUp();
    const all = [reader.response(task), reader.logout({} as never), reader.metadata({} as never)];
    const types = ['response', 'logout', 'metadata'];
    for (const [at, type] of types.entries()) {
      expect(workers[0]?.asked.map((one) => one.task.type)).toEqual(types.slice(0, at + 1));
      workers[0]?.answer({ status: 'read', value: 'of another' }, 99);
      workers[0]?.answer({ status: 'read', value: type });
    }
    expect(await Promise.all(all)).toEqual(types);
    expect(workers).toHaveLength(1);
    expect(workers[0]?.isKeepingUp).toBe(false);
    workers[0]?.answer({ status: 'read', value: 'twice' });
  });

  it('is turned away while 64 wait', async () => {
    const { read, workers } = setUp();
    const waiting = Array.from({ length: 65 }, read);
    expect(await read()).toEqual(
      refusal('Too many SAML messages are being read. Try again in a moment.', { code: 'overloaded' }),
    );
    workers[0]?.answer({ status: 'read', value: 1 });
    expect(await waiting[0]).toBe(1);
    waiting.push(read());
    for (let count = 0; count < 65; count += 1) workers[0]?.answer({ status: 'read', value: 2 });
    expect(await Promise.all(waiting)).toEqual([1, ...Array<number>(65).fill(2)]);
  });

  it('is turned away once the relay shuts down, those that wait too', async () => {
    const { reader, read, workers } = setUp();
    const waiting = [read(), read()];
    reader.close();
    for (const each of [...waiting, read()])
      // oxlint-disable-next-line no-await-in-loop -- each has its answer already
      expect(await each).toEqual(refusal('The relay is shutting down.', { code: 'overloaded' }));
    expect(workers).toHaveLength(1);
    expect(workers[0]?.ended).toBe(1);
  });
});
