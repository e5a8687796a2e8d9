import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildApp } from './build-app.ts';
import { ensureElectron } from './electron-runtime.ts';

export interface OpenedDesktop {
  readonly kind: 'electron' | 'stand-in';
  /** One sentence for the terminal: what was opened, and why not the other. */
  readonly says: string;
  readonly process: ChildProcess;
}

export interface OpenDesktopOptions {
  readonly userDataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Opens the app for a person: in real Electron where its runtime is at hand, otherwise in the stand-in's window, or
 * without a visible one where there is no screen.
 */
export async function openDesktop(options: OpenDesktopOptions = {}): Promise<OpenedDesktop> {
  const app = await buildApp();
  const runtime = await ensureElectron();
  const folder = options.userDataDir === undefined ? [] : [`--user-data-dir=${options.userDataDir}`];
  const env = { ...process.env, ...options.env };
  if (runtime.status === 'present') {
    const child = spawn(runtime.executable, [app.dir, ...folder], { stdio: 'inherit', env });
    return { kind: 'electron', says: 'The app runs in Electron.', process: child };
  }
  const screen = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  const entry = fileURLToPath(new URL('../test/support/electron-stand-in/run.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, app.main, ...folder], {
    stdio: 'inherit',
    env: { ...env, ELECTRON_STAND_IN_HEADED: screen ? '1' : '0', ELECTRON_STAND_IN_OPENS_BROWSER: '1' },
  });
  const where = screen
    ? 'a Chromium window'
    : 'Chromium without a visible window, as there is no screen (over SSH: log in with “ssh -X”; or let “npm run screenshots -- FOLDER” take pictures of each screen)';
  return { kind: 'stand-in', says: `${runtime.reason} The app runs on the stand-in, in ${where}.`, process: child };
}
