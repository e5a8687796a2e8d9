import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright';
import type { BuiltApp } from '../../build/build-app.ts';
import { CallLog } from './call-log.ts';
import type { FromChild, Trigger } from './electron-stand-in/control.ts';
import type { LaunchAppOptions, LaunchedApp } from './launch-app.ts';

const entry = fileURLToPath(new URL('electron-stand-in/run.ts', import.meta.url));
const startTimeoutMs = 30_000;

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
  const { page, browser } = await joinBrowser(child, log).catch(async (cause: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw cause;
  });
  const ask = createAsk(child);
  return {
    kind: 'stand-in',
    page,
    main: { calls: log.calls, waitForCall: log.waitForCall.bind(log), trigger: ask },
    startedInMs: Math.round(performance.now() - began),
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      await browser.close();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      await browser.close();
    },
  };
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
  const limit = setTimeout(() => reject(new Error('The window didn’t come in time.')), startTimeoutMs);
  try {
    const window = await promise;
    const browser = await chromium.connectOverCDP(window.endpoint, { noDefaults: true });
    const page = browser
      .contexts()
      .flatMap((context) => context.pages())
      .find((candidate) => candidate.url() === window.url);
    if (page === undefined) throw new Error(`No page shows ${window.url}.`);
    page.setDefaultTimeout(15_000);
    return { page, browser };
  } finally {
    clearTimeout(limit);
  }
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
