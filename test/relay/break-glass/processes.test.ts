import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../support/free-port.ts';
import { startIdp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { type RelayProcess, startRelayProcess } from '../../support/start-relay-process.ts';
import { optionsOf, PersonBrowser, returnOf } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));
const run = promisify(execFile);

it(
  'works in each of several processes and at the operators’ port, is told to the apps of owners, and a relay that is restarted in the outage takes the tokens of before',
  { timeout: 180_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-break-glass-'));
    const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
    onTestFinished(async () => {
      for (const closer of closers.toReversed()) await closer();
    });
    const [port, adminPort] = [await freePort(), await freePort()];
    const relayUrl = `http://localhost:${port}`;
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 3600 });
    closers.push(() => idp.close());
    const configPath = join(dir, 'relay.yaml');
    const listen = { host: '127.0.0.1', port };
    const config = {
      relay: { name: 'Example', url: relayUrl, listen, data: join(dir, 'data'), drain_seconds: 0, workers: 2 },
      issuers: [{ name: 'SSO', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
      apis: [{ id: 'echo', name: 'Echo', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all', groups: ['*'] }] }],
      admin: { listen: { port: adminPort }, roles: { owner: ['keepers', 'relay-admins'], operator: ['developers'] } },
      break_glass: { accounts: [{ name: 'kim', groups: ['keepers'] }] },
    };
    writeFileSync(configPath, stringify(config), { mode: 0o600 });
    let relay: RelayProcess = await startRelayProcess({ configPath });
    closers.push(() => relay.stop());

    const words = ['break-glass', 'invite', 'kim', '--config', configPath, '--reason', 'New on-call', '--json'];
    const invited = await run(process.execPath, [main, ...words]);
    const { link } = JSON.parse(invited.stdout) as { link: string };
    const key = new SoftAuthenticator(relayUrl);
    const enrolled = await new PersonBrowser({ relayUrl }).enrolPasskey(link, key);
    expect(enrolled.text).toContain('<h1>Enrolled</h1>');

    const before = await idp.mintAccessToken({ user: 'alice' });
    const asAlice = async (): Promise<number> =>
      (await fetch(`${relayUrl}/v1/catalog`, { headers: { authorization: `Bearer ${before}` } })).status;
    expect(await asAlice()).toBe(200);
    const appOf = async (user: string): Promise<HeadlessClient> => {
      const openBrowser = (url: string): Promise<unknown> => signInWithoutBrowser(url, { user });
      const client = await startHeadlessClient({ ca: [], openBrowser: async (url) => void (await openBrowser(url)) });
      closers.push(() => client.close());
      const { id } = await client.signIn(relayUrl);
      await client.connect(id, 'echo');
      return client;
    };
    const toldTo = (client: HeadlessClient) => client.core.snapshot().profiles[0]?.emergencies ?? [];
    // At whichever process each of them is: several owners are at both.
    const owners = [await appOf('dana'), await appOf('dana'), await appOf('dana')];
    const others = [await appOf('alice'), await appOf('bob')];
    const invitedAgain = await run(process.execPath, [main, ...words]);
    expect(JSON.parse(invitedAgain.stdout)).toMatchObject({ account: 'kim' });
    const invitation = { account: 'kim', atMs: expect.any(Number), by: expect.stringContaining('command line') };
    for (const owner of owners) await expect.poll(() => toldTo(owner), { timeout: 30_000 }).toEqual([invitation]);
    await idp.setAvailability('refuse');

    const issuer = `${relayUrl}/break-glass`;
    const signIn = async () => {
      const client = await createTestClient(issuer);
      const person = new PersonBrowser({ relayUrl });
      const page = await person.open(client.authorizeUrl());
      const done = await person.usePasskey(page, key.get(optionsOf(page)));
      const { body } = await client.redeem(new URL(returnOf(done)).searchParams.get('code') ?? '');
      const token = String(body['access_token']);
      return async (url: string): Promise<number> => {
        const headers = { authorization: `DPoP ${token}`, dpop: await client.proof('GET', url, token) };
        // A connection of its own, so that it may come to any of the processes.
        return (await fetch(url, { headers: { ...headers, connection: 'close' } })).status;
      };
    };
    const asKim = await signIn();
    const told = { account: 'kim', atMs: expect.any(Number) as number };
    for (const owner of owners) await expect.poll(() => toldTo(owner), { timeout: 30_000 }).toEqual([invitation, told]);
    expect(others.flatMap(toldTo)).toEqual([]);
    for (const client of [...owners, ...others]) await client.close();
    for (let times = 0; times < 4; times += 1) expect(await asKim(`${relayUrl}/v1/catalog`)).toBe(200);
    expect(await asKim(`${adminUrl}/admin/v1/relay`)).toBe(200);
    await expect
      .poll(async () => (await fetch(`${adminUrl}/metrics`)).text(), { timeout: 30_000, interval: 500 })
      .toMatch(/^causeway_break_glass_sign_ins_total 1$/m);

    relay.signal('SIGKILL');
    await relay.exited;
    relay = await startRelayProcess({ configPath });
    expect(await asAlice()).toBe(200);
    expect(await asKim(`${relayUrl}/v1/catalog`)).toBe(200);
    expect(await asKim(`${adminUrl}/admin/v1/relay`)).toBe(200);
    const again = await signIn();
    expect(await again(`${relayUrl}/v1/catalog`)).toBe(200);
  },
);
