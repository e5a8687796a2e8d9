import { _electron } from 'playwright';
import type { BuiltApp } from '../../build/build-app.ts';
import { CallLog } from './call-log.ts';
import type { LaunchAppOptions, LaunchedApp } from './launch-app.ts';

const prefix = 'causeway-recorded-call:';

/**
 * Starts real Electron. What leaves the app (browser, clipboard) is recorded instead of done; the system's own places,
 * tray and notifications, can't be reached from outside, so triggers for them throw.
 */
export async function launchElectron(runtime: string, app: BuiltApp, options: LaunchAppOptions): Promise<LaunchedApp> {
  const began = performance.now();
  const electron = await _electron.launch({
    executablePath: runtime,
    args: [app.dir, `--user-data-dir=${options.userDataDir}`, ...(options.args ?? [])],
    env: { ...(process.env as Record<string, string>), ...options.env },
  });
  const log = new CallLog();
  electron.process().stdout?.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) {
      if (line.startsWith(prefix)) log.add(JSON.parse(line.slice(prefix.length)));
    }
  });
  await electron.evaluate(({ shell, clipboard }, mark) => {
    const tell = (name: string, ...args: unknown[]) =>
      void process.stdout.write(`${mark}${JSON.stringify({ name, args })}\n`);
    Object.assign(shell, { openExternal: async (url: string) => tell('shell.openExternal', url) });
    Object.assign(clipboard, { writeText: async (text: string) => tell('clipboard.writeText', text) });
  }, prefix);
  const page = await electron.firstWindow();
  await page.waitForLoadState();
  page.setDefaultTimeout(60_000);
  return {
    kind: 'electron',
    page,
    main: {
      calls: log.calls,
      waitForCall: log.waitForCall.bind(log),
      nextCall: log.nextCall.bind(log),
      trigger: async (trigger) => {
        if (trigger.type === 'quit') return electron.evaluate(({ app: real }) => real.quit());
        if (trigger.type === 'close-window') {
          return electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((one) => one.close()));
        }
        if (trigger.type === 'power') {
          return electron.evaluate(({ powerMonitor }, event) => void powerMonitor.emit(event), trigger.event);
        }
        if (trigger.type === 'second-instance') {
          return electron.evaluate(({ app: real }, argv) => void real.emit('second-instance', {}, argv), trigger.argv);
        }
        throw new Error(`“${trigger.type}” can’t be done to real Electron from outside.`);
      },
    },
    startedInMs: Math.round(performance.now() - began),
    isRunning: () => electron.process().exitCode === null && electron.process().signalCode === null,
    close: () => electron.close(),
    kill: async () => {
      const ended = electron.waitForEvent('close');
      electron.process().kill('SIGKILL');
      await ended;
    },
  };
}
