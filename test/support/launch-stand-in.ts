import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright';
import type { BuiltApp } from '../../build/build-app.ts';
import { CallLog } from './call-log.ts';
import type { FromChild, Trigger } from './electron-stand-in/control.ts';
import type { LaunchAppOptions, LaunchedApp } from './launch-app.ts';

const entry = fileURLToPath(new URL('electron-stand-in/run.ts', import.meta.url));
const startTimeoutMs = 120_000;
const endsWithinMs = 10_000;

/** Runs the built main process in a Node process of its own, with the stand-in, and joins its Chromium for the page. */
export async function launchStandIn(app: BuiltApp, options: LaunchAppOptions): Promise<LaunchedApp> {
  const began = performance.now();
  const child = fork(entry, [app.main, `--user-data-dir=${options.userDataDir}`, ...(options.args ?? [])], {
    execArgv: [],
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const log = new CallLog();
  const exited = once(child, 'exit');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const chromium = followChromium(child);
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (isRunning()) child.kill(signal);
    await exited;
    // Chromium outlives a main process that was killed, and would go on with its files.
    if (child.exitCode !== 0) await chromium.end();
  };
  const { page, browser } = await joinBrowser(child, log).catch(async (cause: unknown) => {
    await end('SIGKILL');
    throw cause;
  });
  const ask = createAsk(child);
  return {
    kind: 'stand-in',
    page,
    main: {
      calls: log.calls,
      waitForCall: log.waitForCall.bind(log),
      nextCall: log.nextCall.bind(log),
      trigger: ask,
    },
    isRunning,
    startedInMs: Math.round(performance.now() - began),
    close: async () => {
      await end('SIGTERM');
      await browser.close();
    },
    kill: async () => {
      await end('SIGKILL');
      await browser.close();
    },
  };
}

/** Knows the Chromium that the app has started, and ends it when the app hasn't. */
function followChromium(child: ChildProcess): { end(): Promise<void> } {
  let pid: number | null = null;
  child.on('message', (message: FromChild) => {
    if (message.type === 'browser') ({ pid } = message);
  });
  return {
    async end() {
      if (pid === null) return;
      const ended = pid;
      pid = null;
      signal(ended, 'SIGKILL');
      // The process is no child of this one: its end is no event here, and where nobody collects it, it has none.
      const until = performance.now() + endsWithinMs;
      while (performance.now() < until && signal(ended, 0)) await setTimeout(20);
    },
  };
}

/** Sends a signal; false when there is no such process any more. */
function signal(pid: number, name: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw cause;
  }
}

async function joinBrowser(child: ChildProcess, log: CallLog): Promise<{ page: Page; browser: Browser }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ endpoint: string; url: string }>();
  let endpoint = '';
  child.on('message', (message: FromChild) => {
    if (message.type === 'call') log.add(message.call);
    else if (message.type === 'browser') ({ endpoint } = message);
    else if (message.type === 'window') resolve({ endpoint, url: message.url });
  });
  child.once('exit', (code, signal) => reject(new Error(`The app ended before its window came: ${code ?? signal}`)));
  const limit = AbortSignal.timeout(startTimeoutMs);
  limit.addEventListener('abort', () => reject(new Error('The window didn’t come in time.')), { once: true });
  const window = await promise;
  const browser = await chromium.connectOverCDP(window.endpoint, { noDefaults: true });
  const page = browser
    .contexts()
    .flatMap((context) => context.pages())
    .find((candidate) => candidate.url() === window.url);
  if (page === undefined) throw new Error(`No page shows ${window.url}.`);
  page.setDefaultTimeout(60_000);
  return { page, browser };
}

function createAsk(child: ChildProcess): (trigger: Trigger) => Promise<unknown> {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  child.on('message', (message: FromChild) => {
    if (message.type === 'answer') pending.get(message.id)?.resolve(message.value);
    else if (message.type === 'failure') pending.get(message.id)?.reject(new Error(message.message));
  });
  child.once('exit', () => {
    for (const { resolve } of pending.values()) resolve(null);
  });
  return (trigger) => {
    const id = (next += 1);
    const answer = Promise.withResolvers<unknown>();
    pending.set(id, answer);
    child.send({ id, trigger });
    return answer.promise.finally(() => pending.delete(id));
  };
}
