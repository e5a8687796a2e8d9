import type { Program } from './program-file.ts';
import { startThread, type Thread } from './start-thread.ts';

/** From the process whose threads run here. */
export type ToThreadsProcess =
  | {
      readonly type: 'start';
      readonly id: number;
      readonly program: Program;
      readonly name: string;
      readonly data: unknown;
    }
  | { readonly type: 'message'; readonly id: number; readonly message: unknown }
  | { readonly type: 'terminate'; readonly id: number };

/** What a thread says, how it failed, and that it has ended. */
export type FromThreadsProcess =
  | { readonly type: 'message'; readonly id: number; readonly message: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: unknown }
  | { readonly type: 'exit'; readonly id: number; readonly code: number };

/** Runs threads of another process, and passes on what is said both ways. */
function run(): void {
  if (process.send === undefined) throw new Error('threads-process.ts runs only below the relay’s primary process.');
  const threads = new Map<number, Thread>();
  const say = (message: FromThreadsProcess): void =>
    void process.send?.(message, undefined, undefined, () => undefined);
  // Signals may go to the whole group; what they ask for comes from the primary process, in order.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // What they write is whole or not there at all.
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToThreadsProcess) => {
    const { id } = message;
    switch (message.type) {
      case 'start': {
        const thread = startThread(message.program, message.name, message.data);
        threads.set(id, thread);
        thread.on('message', (said) => say({ type: 'message', id, message: said }));
        thread.on('error', (error) => say({ type: 'error', id, error }));
        thread.on('exit', (code) => {
          threads.delete(id);
          say({ type: 'exit', id, code });
        });
        return;
      }
      case 'message':
        threads.get(id)?.postMessage(message.message);
        return;
      case 'terminate':
        void threads.get(id)?.terminate();
    }
  });
}

run();
