import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { optionsOf, PersonBrowser, returnOf, startBreakGlassWorld } from '../../relay/break-glass/break-glass-world.ts';
import { SoftAuthenticator } from '../../relay/break-glass/soft-authenticator.ts';
import { createTestClient } from '../../relay/break-glass/test-client.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

const cli = join(import.meta.dirname, '../../../client/cli.ts');
const environment = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };

test(
  'when company sign-in is down, login says that there are emergency accounts, and signs in with one behind its warning',
  { timeout: 180_000 },
  async () => {
    const world = await startBreakGlassWorld();
    const key = new SoftAuthenticator(world.relayUrl);
    await new PersonBrowser(world).enrolPasskey(world.invite('kim'), key);
    const stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const causeway = (...args: readonly string[]) => {
      const command = startCli([...args, '--state-dir', stateDir, '--no-browser'], environment);
      onTestFinished(() => command.kill());
      return command;
    };
    await world.idp.setAvailability('refuse');

    /** What a person reads. */
    const said = async (...args: readonly string[]): Promise<string> => {
      const words = [cli, 'login', world.relayUrl, ...args, '--state-dir', stateDir, '--no-browser'];
      const child = spawn(process.execPath, words, { env: { ...process.env, ...environment } });
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = once(child, 'close');
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [code] = (await ended) as [number | null];
      expect(code).toBeGreaterThan(0);
      return `${out}${err}`;
    };
    expect(await said()).toContain('“causeway login --break-glass” uses it. This is for when');

    const login = causeway('login', world.relayUrl, '--break-glass');
    const { url } = await login.line(({ type }) => type === 'open-page');
    const person = new PersonBrowser(world);
    const page = await person.open(String(url));
    await fetch(returnOf(await person.usePasskey(page, key.get(optionsOf(page)))));
    const { code } = await login.ended;
    expect(code).toBe(0);
    expect(login.lines.at(-1)).toMatchObject({ type: 'signed-in', person: { name: 'Kim Lee' }, bound: 'dpop' });

    // A relay without such accounts says so.
    await world.restart(({ break_glass: _off, ...config }) => config);
    const none = await said('--break-glass');
    expect(none).toContain('Everyone responsible is told at once.');
    expect(none).toContain('This relay has no emergency sign-in');
  },
);

test(
  'connect tells an owner of emergency sign-ins and invitations as they happen, and nobody else',
  { timeout: 180_000 },
  async () => {
    const roles = { owner: ['relay-admins'] };
    const rules = [{ name: 'all', groups: ['*'] }];
    const world = await startBreakGlassWorld(
      {},
      {
        admin: { roles, listen: { port: await freePort() } },
        apis: [{ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules }],
      },
    );
    const key = new SoftAuthenticator(world.relayUrl);
    await new PersonBrowser(world).enrolPasskey(world.invite('kim'), key);
    const connected = async (user: string): Promise<RunningCli> => {
      const stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
      onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
      const flags = ['--state-dir', stateDir, '--no-browser'];
      const login = startCli(['login', world.relayUrl, ...flags], environment);
      onTestFinished(() => login.kill());
      const { url } = await login.line(({ type }) => type === 'open-page');
      await signInWithoutBrowser(String(url), { user });
      expect(await login.ended).toMatchObject({ code: 0 });
      const connect = startCli(['connect', 'orders', '--port', String(await freePort()), ...flags], environment);
      onTestFinished(() => connect.kill());
      await connect.line(({ type, status }) => type === 'tunnel' && status === 'open');
      return connect;
    };
    const [owner, other] = await Promise.all([connected('dana'), connected('alice')]);
    const client = await createTestClient(world.issuer);
    const person = new PersonBrowser(world);
    const page = await person.open(client.authorizeUrl());
    await person.usePasskey(page, key.get(optionsOf(page)));
    expect(await owner.line(({ type }) => type === 'emergency-sign-in')).toMatchObject({ account: 'kim' });
    world.relay().tellEmergency({ account: 'pat', atMs: Date.now(), by: 'mia (console)' });
    expect(await owner.line(({ type }) => type === 'emergency-invitation')).toMatchObject({
      account: 'pat',
      by: 'mia (console)',
    });
    other.child.kill('SIGTERM');
    await other.ended;
    expect(other.lines.filter(({ type }) => type.startsWith('emergency'))).toEqual([]);
  },
);
