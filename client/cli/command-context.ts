import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, release, tmpdir, type } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import open from 'open';
import { AccessError } from '../../shared/errors.ts';
import { isOneProgram } from '../../shared/managed/browser-program.ts';
import { managedValue } from '../../shared/managed/managed-state.ts';
import { version } from '../../shared/version.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import type { SharedCore } from '../app-link/shared-core.ts';
import type { ClientCore } from '../core/client-core.ts';
import type { ClientCoreOptions } from '../profile/core-options.ts';
import type { SignInWishes } from '../profile/wishes.ts';
import { createClientCore } from '../core/create-client-core.ts';
import { keptPolicyFile, keptPolicyName } from '../managed/kept-policy.ts';
import { openManagedSettings } from '../managed/open-managed-settings.ts';
import { systemPolicyReader } from '../managed/system-policy.ts';
import { certificateVariables, type ClientCertificate, readNamedCertificate } from '../network/client-certificate.ts';
import { chooseSecretStore } from '../secrets/choose-secret-store.ts';
import { memorySecretStore } from '../secrets/memory-secrets.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import { readWaitMs } from '../tunnel/wait-setting.ts';
import { type Choice, chosenProfile, demandAccount } from './chosen-profile.ts';
import { defaultStateDir, memoryState, prepareStateDir, stateFile } from './state-file.ts';
import { noDesktopReason } from './no-desktop.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly browser: boolean;
  readonly stateDir?: string;
  readonly ca?: string;
  readonly relay?: string;
  readonly account?: string;
  readonly issuer?: string;
  readonly device?: boolean;
  readonly breakGlass?: boolean;
  readonly clientCertificate?: string;
  readonly clientCertificateKey?: string;
  /** A service signs itself in; nothing of it is kept and no person’s sign-in is touched. */
  readonly service?: ServiceCredentials;
  /** Not through the running app. */
  readonly alone?: boolean;
}

/** What a command works with that goes through the running app, or by itself where none runs. */
export interface SharedContext {
  readonly terminal: Terminal;
  readonly relay: string | undefined;
  /** Which of the accounts there. */
  readonly account: string | undefined;
  readonly core: SharedCore;
  /** Aborted by Ctrl+C, SIGTERM and SIGHUP. */
  readonly interrupted: AbortSignal;
}

/** What a command works with that has a client core of its own. */
export interface CommandContext extends SharedContext {
  readonly core: ClientCore;
  readonly options: ClientCoreOptions;
  /** How a sign-in is to be made, when one is. */
  readonly wishes: SignInWishes;
}

function authorities(path: string | undefined): readonly string[] | undefined {
  if (path === undefined) return undefined;
  try {
    return [readFileSync(resolve(path), 'utf8')];
  } catch (cause) {
    throw new AccessError('bad-input', `The file ${path} can’t be read.`, { cause });
  }
}

async function certificateOf(global: GlobalOptions): Promise<ClientCertificate | null> {
  const cert = global.clientCertificate ?? (process.env[certificateVariables.cert] || undefined);
  const key = global.clientCertificateKey ?? (process.env[certificateVariables.key] || undefined);
  return await readNamedCertificate(cert && resolve(cert), key && resolve(key), {
    cert: '--client-certificate',
    key: '--client-certificate-key',
  });
}

async function showPage(
  terminal: Terminal,
  useBrowser: boolean,
  url: string,
  browser: string | undefined,
): Promise<void> {
  terminal.result({ type: 'open-page', url }, `Open this page in your browser:\n\n  ${url}\n`);
  if (!useBrowser) return;
  const reason = noDesktopReason(process.env, process.platform);
  if (reason !== null) {
    terminal.note(`${reason} To sign in on another device instead, stop this and add --device.`);
    return;
  }
  const failed = (): void => terminal.note('No browser could be started here; open the address yourself.');
  if (browser !== undefined && !isOneProgram(browser, process.platform)) {
    failed();
    return;
  }
  const child = await open(url, browser === undefined ? {} : { app: { name: browser } });
  child.on('error', failed);
}

/** For the sockets of connections, until the process ends. */
function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'causeway-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Where this process keeps what. A service keeps nothing; a folder that can’t be written keeps nobody from working. */
async function placesOf(
  global: GlobalOptions,
  terminal: Terminal,
): Promise<Pick<ClientCoreOptions, 'stateDir' | 'secrets' | 'state'>> {
  const stateDir = resolve(global.stateDir ?? defaultStateDir());
  const unwritable = prepareStateDir(stateDir);
  const socketsIn = unwritable === null ? stateDir : temporaryFolder();
  if (global.service !== undefined) {
    return {
      stateDir: socketsIn,
      secrets: memorySecretStore('A service’s token is never kept.'),
      state: memoryState(),
    };
  }
  return {
    stateDir: socketsIn,
    secrets: await chooseSecretStore(stateDir, process.env, unwritable),
    state: stateFile(stateDir, (why) => terminal.note(why), unwritable === null),
  };
}

/** Options of the client core for this process, from the command line and the environment. */
export async function coreOptions(global: GlobalOptions, terminal: Terminal): Promise<ClientCoreOptions> {
  const { stateDir, secrets, state } = await placesOf(global, terminal);
  const ca = authorities(global.ca);
  const clientCertificate = await certificateOf(global);
  const waitForTunnelMs = readWaitMs(process.env);
  const managed = await openManagedSettings(await systemPolicyReader(), {
    kept: keptPolicyFile(join(stateDir, keptPolicyName)),
  });
  return {
    appVersion: version,
    device: {
      name: process.env['CAUSEWAY_DEVICE_NAME']?.trim().slice(0, 100) || hostname(),
      system: `${type()} ${release()}`,
    },
    stateDir,
    secrets,
    state,
    managed,
    openBrowser: (url) => showPage(terminal, global.browser, url, managedValue(managed.current(), 'externalBrowser')),
    passive: true,
    ...(ca ? { ca } : {}),
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(waitForTunnelMs === undefined ? {} : { waitForTunnelMs }),
  };
}

/** After an interruption a command gets this long to end by itself, and then the process this long to close all. */
const interruptedCommandMs = 700;
const interruptedCloseMs = 2_700;
const leftOverMs = 300;

/** Ctrl+C, an order to end, and a terminal that was closed. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command over a client core of its own, which is closed whatever happens. */
export async function withCore(
  global: GlobalOptions,
  command: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const terminal = createTerminal(global.json ?? false);
  const options = await coreOptions(global, terminal);
  const core = createClientCore(options);
  await untilInterrupted(
    (interrupted) =>
      command({
        terminal,
        ...choiceOf(global),
        core,
        options,
        wishes: {
          ...(global.issuer === undefined ? {} : { issuer: global.issuer }),
          ...(global.service === undefined ? {} : { service: global.service }),
          ...(global.device === true ? { method: 'device' } : {}),
          ...(global.breakGlass === true ? { breakGlass: true } : {}),
        },
        interrupted,
      }),
    async (interrupted) => {
      await closeAll(core, interrupted);
      options.managed?.close();
    },
  );
}

/** The relay and the account that the command line or the environment names. */
export function choiceOf(global: GlobalOptions): Choice {
  return {
    relay: global.relay ?? process.env['CAUSEWAY_RELAY'],
    account: global.account ?? (process.env['CAUSEWAY_ACCOUNT'] || undefined),
  };
}

/** Runs something that Ctrl+C and its like end; `close` is called whatever happens, told whether it was interrupted. */
export async function untilInterrupted(
  work: (interrupted: AbortSignal) => Promise<void>,
  close: (interrupted: boolean) => void | Promise<void>,
): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new AccessError('sign-in-cancelled', 'You pressed Ctrl+C.'));
  for (const signal of endingSignals) process.once(signal, interrupt);
  try {
    await orInterrupted(work(interruption.signal), interruption.signal);
  } finally {
    for (const signal of endingSignals) process.off(signal, interrupt);
    await close(interruption.signal.aborted);
  }
}

/** Waits for a command; one that is still at work some time after an interruption is left behind. */
async function orInterrupted(running: Promise<void>, interrupted: AbortSignal): Promise<void> {
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => late.reject(interrupted.reason as Error), interruptedCommandMs);
  };
  interrupted.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([running, late.promise]);
  } finally {
    interrupted.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

/** After an interruption, what still waits for others, such as a server that doesn’t answer, ends with the process. */
async function closeAll(core: ClientCore, interrupted: boolean): Promise<void> {
  const closing = core.close();
  if (!interrupted) return await closing;
  const over = new AbortController();
  await Promise.race([closing, wait(interruptedCloseMs, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
  setTimeout(() => process.exit(), leftOverMs).unref();
}

/** Resolves with the first snapshot for which `holds` is true. Rejects with the reason when `signal` aborts. */
export async function snapshotWhere(
  core: Pick<ClientCore, 'watch' | 'snapshot'>,
  holds: (snapshot: Snapshot) => boolean,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { promise, resolve: done, reject } = Promise.withResolvers<Snapshot>();
  const look = (snapshot: Snapshot): void => {
    if (holds(snapshot)) done(snapshot);
  };
  const stop = core.watch(look);
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  look(core.snapshot());
  try {
    return await promise;
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits until it is known whether the person is signed in, and if so, which APIs there are. */
export async function settledProfile(context: SharedContext): Promise<ProfileSnapshot | undefined> {
  await context.core.start();
  demandAccount(context, context.core.snapshot());
  const snapshot = await snapshotWhere(
    context.core,
    (candidate) => {
      const profile = chosenProfile(context, candidate);
      if (!profile) return true;
      if (profile.signIn.status === 'contacting') return false;
      return profile.signIn.status !== 'signed-in' || ['ready', 'failed'].includes(profile.catalog.status);
    },
    context.interrupted,
  );
  return chosenProfile(context, snapshot);
}
