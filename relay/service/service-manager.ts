import type { Logger } from 'pino';
import { openDatagramSocket } from './datagram-socket.ts';

/** Who started the relay as a service, and waits to hear how it is: systemd, by sd_notify(3). */
export interface ServiceManager {
  /** It listens; what is started after it may start. */
  ready(status: string): void;
  /** It reads its config again; `ready` says that it has. */
  reloading(): void;
  /** It serves what is under way, for at most so long. */
  stopping(withinMs: number): void;
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Beyond a drain, what closing may take. */
const closingMs = 20_000;
/** How soon what the manager couldn’t take is sent again. */
const againMs = 50;
const nobody: ServiceManager = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  close: () => undefined,
};

/**
 * Tells the service manager that the environment names, if there is one: also, twice in the time that it allows, that the
 * relay still runs (`WATCHDOG_USEC`). The environment is cleared of its names, for processes that are started later.
 */
export async function findServiceManager(
  env: NodeJS.ProcessEnv,
  log: Logger,
  open = openDatagramSocket,
): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: path } = env;
  const watchdogMs = watchdogEveryMs(env);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (path === undefined || !/^[/@]./.test(path)) return nobody;
  const failed = (error: unknown): void =>
    log.error({ err: error }, 'the service manager can’t be told how the relay is');
  const socket = await open(path).catch(failed);
  if (socket === undefined) return nobody;
  const waiting: string[] = [];
  let again: NodeJS.Timeout | undefined;
  const sendAll = (): void => {
    try {
      while (waiting[0] !== undefined && socket.send(waiting[0])) waiting.shift();
    } catch (error) {
      waiting.length = 0;
      failed(error);
    }
    clearTimeout(again);
    if (waiting.length > 0) again = setTimeout(sendAll, againMs);
  };
  const say = (...lines: readonly string[]): void => {
    waiting.push(lines.join('\n'));
    sendAll();
  };
  const sayAlive = (): void => {
    // One that waits is as much of a sign of life when it arrives.
    if (waiting.length === 0) say('WATCHDOG=1');
  };
  const watchdog = watchdogMs === null ? undefined : setInterval(sayAlive, watchdogMs).unref();
  return {
    ready: (status) => say('READY=1', `STATUS=${status}`, `MAINPID=${process.pid}`),
    reloading: () => say('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: (withinMs) => say('STOPPING=1', `EXTEND_TIMEOUT_USEC=${(withinMs + closingMs) * 1000}`),
    close() {
      clearInterval(watchdog);
      clearTimeout(again);
    },
  };
}

/** Null when nobody waits for signs of life of this process (sd_watchdog_enabled(3)). */
export function watchdogEveryMs({ WATCHDOG_USEC: usec, WATCHDOG_PID: pid }: Environment): number | null {
  const within = Number(usec);
  const isMeant = pid === undefined || pid === '' || Number(pid) === process.pid;
  return isMeant && Number.isSafeInteger(within) && within > 0 ? within / 2000 : null;
}
