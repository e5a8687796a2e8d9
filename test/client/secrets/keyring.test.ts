import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { findProgram } from '../../support/install-programs.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const cli = join(import.meta.dirname, '../../../client/cli.ts');
const missing = (['dbus-run-session', 'gnome-keyring-daemon'] as const).find((name) => findProgram(name) === null);
const reason = process.platform !== 'linux' ? 'Linux’s keyring' : missing ? `no ${missing}` : null;

const session = ['dbus-run-session', '--', 'bash', '-mc'] as const;
const hasName =
  'dbus-send --session --print-reply --dest=org.freedesktop.DBus / ' +
  'org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets';

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

describe.skipIf(reason !== null)(`GNOME Keyring${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let world: DemoWorld;
  let folder: string;

  beforeAll(async () => {
    world = await startDemoWorld();
    folder = await mkdtemp(join(tmpdir(), 'causeway-keyring-'));
  });

  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command in a desktop session of its own, whose keyring is open, locked, or not there. */
  async function causeway(
    keyring: 'open' | 'locked' | 'absent',
    args: readonly string[],
  ): Promise<{ readonly lines: readonly Line[]; readonly code: number }> {
    const command = [process.execPath, cli, ...args, '--state-dir', join(folder, 'state'), '--ca', world.caPath];
    const quoted = [...command, '--no-browser', '--json'].map((word) => `'${word}'`).join(' ');
    const unlocking = keyring === 'open' ? 'printf secret |' : '';
    const unlock = keyring === 'open' ? '--unlock' : '';
    const script = [
      `(${unlocking} gnome-keyring-daemon --foreground ${unlock} --components=secrets) >/dev/null 2>&1 &`,
      // The daemon has its name on the bus before the command asks for it.
      `for i in $(seq 100); do ${hasName} 2>/dev/null | grep -q true && break; sleep 0.05; done`,
      `${quoted}; code=$?; kill %1; exit $code`,
    ].join('\n');
    // Without a session bus nothing can be asked, nor started.
    const [program, ...rest] = keyring === 'absent' ? ['bash', '-c', quoted] : [...session, script];
    const child = spawn(program, rest, {
      env: { ...keptCode, PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines: Line[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (line.type === 'open-page') void signInWithoutBrowser(String(line['url']), { user: 'alice' });
    });
    const [code] = (await once(child, 'close')) as [number];
    return { lines, code };
  }

  const files = async (): Promise<readonly string[]> =>
    (await readdir(join(folder, 'state'), { recursive: true })).filter((name) => name.endsWith('.secret'));

  test('an open one keeps the sign-in, a locked one is told apart from none, and a sign-out leaves nothing', async () => {
    const login = await causeway('open', ['login', world.relayUrl]);
    expect(login.lines.at(-1)).toMatchObject({ type: 'signed-in', kept: 'keychain' });
    expect(login.code).toBe(0);
    expect(await files()).toHaveLength(1);

    for (const [keyring, words] of [
      ['locked', 'which is locked'],
      ['absent', 'which isn’t there now'],
    ] as const) {
      const { lines, code } = await causeway(keyring, ['status']);
      expect([keyring, code, lines[0]]).toMatchObject([
        keyring,
        3,
        { signedIn: false, problem: { code: 'sign-in-closed', detail: expect.stringContaining(words) } },
      ]);
    }
    expect(await causeway('open', ['status'])).toMatchObject({ code: 0, lines: [{ signedIn: true, problem: null }] });

    const logout = await causeway('locked', ['logout']);
    expect(logout).toMatchObject({ code: 0, lines: [{ type: 'signed-out' }, { code: 'not-revoked' }] });
    expect(await files()).toEqual([]);
    expect(await causeway('open', ['status'])).toMatchObject({ code: 3, lines: [{ signedIn: false, problem: null }] });
  });
});
