import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programFile } from './program-file.ts';
import type { StartThread, Thread } from './start-thread.ts';
import type { FromThreadsProcess, ToThreadsProcess } from './threads-process.ts';

/** Threads that run in another process, so that what they take isn’t taken from this one. */
export interface ThreadsBeside {
  readonly start: StartThread;
  /** Ends the process, and with it the threads that are left. */
  close(): Promise<void>;
}

/** A process that is frozen, or finds no processor, is ended by force. */
const endWithinMs = 3000;

/**
 * Starts threads in one process beside this one, that there is from the first of them on. When it ends, each of its threads says
 * that it failed and ended; the next one to be started starts another process.
 * @param file of the program of that process
 */
export function createThreadsBeside(file: URL = programFile('threads-process')): ThreadsBeside {
  let process: ThreadsProcess | null = null;
  return {
    start(program, name, data) {
      try {
        if (process?.isUp !== true) process = new ThreadsProcess(file);
        return process.start({ program, name, data });
      } catch (error) {
        // Where there is no memory for a process, nor any other way to have one.
        return failedThread(error);
      }
    },
    close: async () => process?.end(),
  };
}

class ThreadsProcess {
  readonly #child: ChildProcess;
  readonly #threads = new Map<number, ThreadBeside>();
  #nextId = 1;
  isUp = true;

  constructor(file: URL) {
    this.#child = fork(fileURLToPath(file), [], { serialization: 'advanced', execArgv: [] });
    this.#child.on('message', (message: FromThreadsProcess) => this.#hear(message));
    this.#child.on('error', (error) => {
      // One that can’t be talked to, but lives: its threads are not to go on beside those that follow them.
      this.#child.kill('SIGKILL');
      this.#didEnd(error);
    });
    this.#child.once('exit', (code, signal) =>
      this.#didEnd(new Error(`The process of the thread ended (${signal ?? `code ${code}`}).`)),
    );
    // It holds up the end of this process no more than its threads would.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  start(asked: Omit<Extract<ToThreadsProcess, { type: 'start' }>, 'type' | 'id'>): Thread {
    const id = this.#nextId++;
    const thread = new ThreadBeside({
      say: (message) => this.#say({ type: 'message', id, message }),
      terminate: () => this.#terminate(id),
    });
    this.#threads.set(id, thread);
    this.#say({ type: 'start', id, ...asked });
    return thread as unknown as Thread;
  }

  async end(): Promise<void> {
    if (!this.isUp) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.ref();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endWithinMs);
    if (this.#child.connected) this.#child.disconnect();
    await ended;
    clearTimeout(timer);
  }

  /** Ends the process where the thread doesn’t end. */
  #terminate(id: number): void {
    this.#say({ type: 'terminate', id });
    setTimeout(() => {
      if (this.#threads.has(id)) this.#child.kill('SIGKILL');
    }, endWithinMs).unref();
  }

  #say(message: ToThreadsProcess): void {
    // What doesn’t arrive is of a process that has ended, which is told.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear(message: FromThreadsProcess): void {
    const thread = this.#threads.get(message.id);
    if (thread === undefined) return;
    if (message.type === 'message') thread.emit('message', message.message);
    else if (message.type === 'error') thread.emit('error', message.error);
    else {
      this.#threads.delete(message.id);
      thread.didEnd(message.code);
    }
  }

  #didEnd(error: Error): void {
    if (!this.isUp) return;
    this.isUp = false;
    for (const thread of this.#threads.values()) {
      if (thread.listenerCount('error') > 0) thread.emit('error', error);
      thread.didEnd(1);
    }
    this.#threads.clear();
  }
}

/** A thread that says in the next turn that it failed, and ended. */
function failedThread(error: unknown): Thread {
  const thread = new ThreadBeside({ say: () => undefined, terminate: () => undefined });
  setImmediate(() => {
    if (thread.listenerCount('error') > 0) thread.emit('error', error);
    thread.didEnd(1);
  });
  return thread as unknown as Thread;
}

/** One thread, as its starter sees it. */
class ThreadBeside extends EventEmitter {
  readonly #way: { readonly say: (message: unknown) => void; readonly terminate: () => void };
  #code: number | null = null;

  constructor(way: { readonly say: (message: unknown) => void; readonly terminate: () => void }) {
    super();
    this.#way = way;
  }

  postMessage(message: unknown): void {
    this.#way.say(message);
  }

  async terminate(): Promise<number> {
    if (this.#code !== null) return this.#code;
    const ended = new Promise<number>((resolve) => this.once('exit', resolve));
    this.#way.terminate();
    return ended;
  }

  /** None of them keeps this process from ending. */
  unref(): void {}

  didEnd(code: number): void {
    this.#code = code;
    this.emit('exit', code);
  }
}
