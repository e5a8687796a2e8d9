import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { relayNodeFlags } from '../../relay/start/node-flags.mjs';

/** One line of the relay's log, as pino wrote it. */
export type RelayLogLine = Readonly<Record<string, unknown>> & { readonly msg?: string; readonly level?: number };

/** A relay running as a process of its own. */
export interface RelayProcess {
  readonly url: string;
  readonly pid: number;
  /** The newest log lines, oldest first, at most 5,000. */
  readonly log: readonly RelayLogLine[];
  /** Resolves with the first log line, past or future, that fits; rejects when the process ends before. */
  waitForLog(fits: (line: RelayLogLine) => boolean): Promise<RelayLogLine>;
  signal(signal: NodeJS.Signals): void;
  /** Its exit code when it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Ends it with SIGTERM, or SIGKILL after `graceMs`; resolves with its exit code, null when a signal ended it. */
  stop(graceMs?: number): Promise<number | null>;
}

export interface StartRelayOptions {
  readonly configPath: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The relay’s main file; that of the sources by default. */
  readonly mainPath?: string;
  readonly execArgv?: readonly string[];
  readonly readyTimeoutMs?: number;
  /** Gets each log line as it comes. */
  readonly onLog?: (line: RelayLogLine) => void;
}

const sourcesMain = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));
const keptLines = 5000;

function parseLine(line: string): RelayLogLine {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as RelayLogLine) : { msg: line };
  } catch {
    // Not JSON: keep the text, it is most likely a crash message.
    return { msg: line };
  }
}

/** Starts `relay/start/main.ts serve` and resolves once it says that it is ready; throws with its last words otherwise. */
export async function startRelayProcess(options: StartRelayOptions): Promise<RelayProcess> {
  const child = spawn(
    process.execPath,
    [
      ...relayNodeFlags,
      ...(options.execArgv ?? []),
      options.mainPath ?? sourcesMain,
      'serve',
      '--config',
      options.configPath,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
  );
  const log: RelayLogLine[] = [];
  const lines = new EventEmitter().setMaxListeners(0);
  const take = (text: string): void => {
    const line = parseLine(text);
    log.push(line);
    if (log.length > keptLines) log.shift();
    options.onLog?.(line);
    lines.emit('line', line);
  };
  createInterface({ input: child.stdout }).on('line', take);
  createInterface({ input: child.stderr }).on('line', take);
  let ended = false;
  const exited = new Promise<number | null>((resolve) => {
    const end = (code: number | null): void => {
      ended = true;
      lines.emit('end');
      resolve(code);
    };
    child.once('error', (error) => {
      take(error.message);
      end(null);
    });
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      if (signal !== null) take(`ended by ${signal}`);
      end(code);
    });
  });
  let howItEnded = 'The relay has ended';
  const lastWords = (): string =>
    log
      .slice(-15)
      .map((line) => JSON.stringify(line))
      .join('\n');

  async function waitForLog(fits: (line: RelayLogLine) => boolean): Promise<RelayLogLine> {
    const past = log.find(fits);
    if (past !== undefined) return past;
    if (ended) throw new Error(`${howItEnded}:\n${lastWords()}`);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        lines.off('line', onLine);
        lines.off('end', onEnd);
      };
      const onLine = (line: RelayLogLine): void => {
        if (!fits(line)) return;
        settle();
        resolve(line);
      };
      const onEnd = (): void => {
        settle();
        reject(new Error(`${howItEnded}:\n${lastWords()}`));
      };
      lines.on('line', onLine);
      lines.on('end', onEnd);
    });
  }

  async function stop(graceMs = 30_000): Promise<number | null> {
    if (ended) return exited;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    const code = await exited;
    clearTimeout(timer);
    return code;
  }

  const { readyTimeoutMs = 60_000 } = options;
  const timer = setTimeout(() => {
    howItEnded = `The relay wasn’t ready within ${Math.round(readyTimeoutMs / 1000)} s, and was ended`;
    child.kill('SIGKILL');
  }, readyTimeoutMs);
  if (child.pid === undefined) await once(child, 'error').catch(() => undefined);
  const ready = await waitForLog((line) => line.msg === 'relay ready').finally(() => clearTimeout(timer));
  return {
    url: String(ready['url']),
    pid: child.pid ?? 0,
    log,
    waitForLog,
    signal: (signal) => void child.kill(signal),
    exited,
    stop,
  };
}
