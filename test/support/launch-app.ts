import type { Page } from 'playwright';
import { type BuiltApp, buildApp } from '../../build/build-app.ts';
import type { RecordedCall, Trigger } from './electron-stand-in/control.ts';
import { findElectron } from '../../build/find-electron.ts';
import { launchElectron } from './launch-electron.ts';
import { launchStandIn } from './launch-stand-in.ts';

export interface LaunchAppOptions {
  /** Folder of the profile; the same folder at the next launch is the same person's app. */
  readonly userDataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Where the built app is; by default it is built, or taken from an earlier build of the same sources. */
  readonly app?: BuiltApp;
}

/** The main process, from outside. */
export interface LaunchedMain {
  /** What the app has asked of the system so far, oldest first. */
  readonly calls: readonly RecordedCall[];
  /**
   * Waits for a call that has been made or will be, at most 60 s; `after` skips that many earlier ones. For something
   * that may have happened before, take `nextCall`.
   */
  waitForCall(name: string, matches?: (call: RecordedCall) => boolean, after?: number): Promise<RecordedCall>;
  /** The first matching call from now on: ask for it before doing what leads to it. */
  nextCall(name: string, matches?: (call: RecordedCall) => boolean): Promise<RecordedCall>;
  /** Makes the system do something: a click in the tray, a wake-up, a second start. */
  trigger(trigger: Trigger): Promise<unknown>;
}

export interface LaunchedApp {
  readonly kind: 'electron' | 'stand-in';
  /** The window's page. */
  readonly page: Page;
  readonly main: LaunchedMain;
  /** Milliseconds from start to the loaded window. */
  readonly startedInMs: number;
  /** False once the process has ended, whoever ended it. */
  isRunning(): boolean;
  /** Quits as the person does, and waits for the process to end; does nothing more when it has ended. */
  close(): Promise<void>;
  /** Ends the process without warning, as a crash or a power cut does; resolves when nothing of it runs any more. */
  kill(): Promise<void>;
}

/**
 * Starts the built app on the stand-in, or on real Electron with `CAUSEWAY_ELECTRON=required`, which then must be installed.
 */
export async function launchApp(options: LaunchAppOptions): Promise<LaunchedApp> {
  const app = options.app ?? (await buildApp());
  if (!wantsElectron()) return launchStandIn(app, options);
  const runtime = findElectron();
  if (runtime === null) throw new Error('Real Electron is demanded, but its runtime isn’t installed here.');
  return launchElectron(runtime, app, options);
}

function wantsElectron(): boolean {
  return process.env['CAUSEWAY_ELECTRON'] === 'required';
}

/** One line for a test run's output: which of the two the end-to-end specs use. */
export function describeRuntime(): string {
  return wantsElectron()
    ? `Desktop specs run on real Electron: ${findElectron() ?? 'not installed'}`
    : 'Desktop specs run on the stand-in for Electron (real main process, preload and window in Chromium).';
}
