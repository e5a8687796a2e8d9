import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** How many objects, and how long they are together. */
export interface AllocatedObjects {
  readonly count: number;
  readonly bytes: number;
}

/** What the event loop of a process has allocated, by its heap; the program was started with {@link probed}. */
export interface Probe {
  /** Bytes that V8 has ever allocated. */
  allocated(): Promise<number>;
  /** Objects that V8 allocates while `work` runs; slows the process down a lot. */
  objectsOf(work: () => Promise<void>): Promise<AllocatedObjects>;
  /** Share of what the event loop does while `work` runs that goes to collections. */
  collectionShareOf(work: () => Promise<void>): Promise<number>;
  close(): void;
}

/** Flags and environment that a program needs to be asked at this socket. */
export function probed(socketPath: string): { execArgv: readonly string[]; env: Readonly<Record<string, string>> } {
  const script = new URL('../processes/count-probe.ts', import.meta.url).href;
  return { execArgv: ['--import', script], env: { CAUSEWAY_COUNTS: socketPath } };
}

/** Connects to the probe of a program that has been started with it. */
export async function openProbe(socketPath: string): Promise<Probe> {
  const socket = connect(socketPath);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket });
  async function ask<Answer>(command: string): Promise<Answer> {
    const answer = once(lines, 'line');
    socket.write(`${command}\n`);
    return JSON.parse(String((await answer)[0])) as Answer;
  }
  return {
    allocated: () => ask<number>('allocated'),
    async objectsOf(work) {
      await ask('count-objects');
      await work();
      return ask<AllocatedObjects>('objects');
    },
    async collectionShareOf(work) {
      await ask('watch-collections');
      await work();
      return ask<number>('collections');
    },
    close: () => socket.destroy(),
  };
}
