import type { Logger } from 'pino';
import type { FromSinkThread, SinkThreadData, ToSinkThread } from './sink-messages.ts';
import type { SinkSettings } from './sink-settings.ts';
import { startThread, type StartThread, type Thread } from '../programs/start-thread.ts';

/** What sends the audit elsewhere, beside the relay's work. */
export interface Sinks {
  /** Puts other sinks in force. Those that were there before go on where they were, also after having been away. */
  replace(sinks: readonly SinkSettings[]): void;
  /** Gives sinks a moment for what still waits; the rest goes after the next start. */
  close(): Promise<void>;
}

export interface SinksOptions {
  readonly dataDir: string;
  readonly log: Logger;
  readonly sinks: readonly SinkSettings[];
  /** A record went shortened to the sink of this name, whose receiver refused it as too large. */
  readonly onShortened?: (sink: string) => void;
  /** Starts the thread that sends; default in this process. */
  readonly start?: StartThread;
}

const restartAfterMs = 1000;
const finishWithinMs = 2000;
/** Beyond it, a thread that hangs in the file system is left behind. */
const giveUpMs = 3000;

/** Starts sending, in a thread of its own that there is only once there is a sink. The audit must be open already. */
export function startSinks(options: SinksOptions): Sinks {
  const { dataDir, log, sinks: first, onShortened = () => undefined, start = startThread } = options;
  let sinks = first;
  let thread: Thread | undefined;
  let restart: NodeJS.Timeout | undefined;
  let onFinished: (() => void) | undefined;
  let isClosing = false;

  const run = (): void => {
    const workerData: SinkThreadData = { dataDir, sinks };
    const started = start('sink-thread', 'sinks', workerData);
    thread = started;
    started.on('message', (message: FromSinkThread) => {
      if (message.type === 'finished') onFinished?.();
      else if (message.type === 'shortened') onShortened(message.sink);
      else log[message.level](message.details, message.message);
    });
    started.on('error', (error) => log.error({ err: error }, 'the thread of the sinks failed'));
    started.on('exit', () => {
      thread = undefined;
      onFinished?.();
      if (!isClosing) restart = setTimeout(run, restartAfterMs);
    });
  };
  if (sinks.length > 0) run();

  return {
    replace(next) {
      sinks = next;
      // One that is about to be started anew gets them then.
      if (thread !== undefined) thread.postMessage({ type: 'replace', sinks } satisfies ToSinkThread);
      else if (restart === undefined && sinks.length > 0) run();
    },
    async close() {
      isClosing = true;
      clearTimeout(restart);
      const open = thread;
      if (open === undefined) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, giveUpMs);
        onFinished = () => {
          clearTimeout(timer);
          resolve();
        };
        open.postMessage({ type: 'finish', withinMs: finishWithinMs } satisfies ToSinkThread);
      });
      await open.terminate();
    },
  };
}
