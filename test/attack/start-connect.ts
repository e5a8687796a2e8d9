import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keptCode } from '../../build/kept-code.ts';
import { startCli } from '../client/support/run-cli.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';

/** `causeway connect` as a process of its own. */
export interface ConnectProcess {
  readonly pid: number;
  /** Local port of an API. */
  port(api: string): number;
  /** Null while it runs. */
  readonly exitCode: number | null;
  /** What it said on its error output, cut. */
  readonly lastWords: string;
  /** Ends it with SIGTERM; resolves with its exit code, null when it had to be killed. */
  stop(graceMs: number): Promise<number | null>;
}

const cli = join(import.meta.dirname, '../../client/cli.ts');
const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };

/** Signs alice in at the relay and connects all its APIs; resolves when the tunnel is open. */
export async function startConnect(relayUrl: string, apis: readonly string[]): Promise<ConnectProcess> {
  const stateDir = mkdtempSync(join(tmpdir(), 'causeway-attack-'));
  const always = ['--state-dir', stateDir, '--no-browser'];
  const login = startCli(['login', relayUrl, ...always], passphrase);
  const { url } = await login.line(({ type }) => type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  await login.ended;
  const child = spawn(process.execPath, [cli, 'connect', ...apis, ...always, '--json'], {
    env: { ...keptCode, PATH: process.env['PATH'], HOME: process.env['HOME'], ...passphrase },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ports = new Map<string, number>();
  let lastWords = '';
  let exitCode: number | null = null;
  child.stderr.on('data', (chunk: Buffer) => (lastWords = `${lastWords}${chunk.toString()}`.slice(-2000)));
  const closed = once(child, 'close').then(([code]) => (exitCode = (code as number | null) ?? -1));
  const open = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      // Requests are most of the lines, and not looked at here.
      if (text.startsWith('{"type":"request"')) return;
      const line = JSON.parse(text) as Record<string, unknown>;
      if (line['type'] === 'connected') ports.set(String(line['api']), Number(line['port']));
      if (line['type'] === 'tunnel' && line['status'] === 'open') resolve();
    });
    void closed.then(() => reject(new Error(`causeway connect has ended: ${lastWords}`)));
  });
  await open;
  return {
    pid: child.pid ?? 0,
    port(api) {
      const port = ports.get(api);
      if (port === undefined) throw new Error(`${api} isn’t connected`);
      return port;
    },
    get exitCode() {
      return exitCode;
    },
    get lastWords() {
      return lastWords;
    },
    async stop(graceMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(timer);
      rmSync(stateDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
