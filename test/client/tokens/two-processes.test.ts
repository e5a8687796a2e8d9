import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { openEncryptedFiles } from '../../../client/secrets/encrypted-files.ts';
import { discoverProvider } from '../../../client/provider/discover-provider.ts';
import { openRefreshLock } from '../../../client/tokens/refresh-lock.ts';
import { requestRenewal } from '../../../client/tokens/request-renewal.ts';
import { shareTokens } from '../../../client/tokens/shared-tokens.ts';
import { createTokenKeeper, type TokenEvent } from '../../../client/tokens/token-keeper.ts';
import { openTokenVault } from '../../../client/tokens/token-set.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { memorySecrets } from '../support/core-fixture.ts';
import { signedInTokens } from '../support/signed-in-tokens.ts';

let idp: Idp;
let stateDir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-two-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  await idp.close();
  await rm(stateDir, { recursive: true, force: true });
});

function start(...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, '../support', args[0] ?? ''), args.slice(1));
  children.push(child);
  return child;
}

test('two processes that renew at once make one rotation at the provider, and both get its tokens', async () => {
  const key = randomBytes(32);
  const files = openEncryptedFiles(stateDir, async () => key);
  const vault = openTokenVault(
    { kind: 'encrypted-file', memoryReason: null, elsewhere: async () => ({ values: [], closed: [] }), ...files },
    'profile',
  );
  const before = await signedInTokens(idp);
  await vault.write(before);
  const processes = [1, 2].map(() => start('renew-in-process.ts', stateDir, key.toString('hex')));
  await Promise.all(processes.map((child) => once(child, 'message')));
  const answers = processes.map((child) => once(child, 'message'));
  for (const child of processes) child.send('go');
  const [[first], [second]] = (await Promise.all(answers)) as [[{ accessToken: string }], [{ accessToken: string }]];
  expect(first).toEqual({ generation: 2, accessToken: expect.any(String) });
  expect(second).toEqual(first);
  expect(first.accessToken).not.toBe(before.accessToken);
  expect(idp.counts).toMatchObject({ refreshes: 1, refusedRefreshes: 0 });
  expect(await vault.read()).toMatchObject({ accessToken: first.accessToken });
});

test('when a stolen refresh token is used, the reuse ends the sign-in for both, with that said', async () => {
  idp.reconfigure({ dpop: 'off' });
  const http = createHttpClient();
  try {
    const tokens = await signedInTokens(idp);
    const provider = await discoverProvider(tokens.issuer, http);
    const stolen = await requestRenewal(provider, tokens, Date.now);
    const secrets = memorySecrets();
    const vault = openTokenVault(secrets, 'profile');
    await vault.write(tokens);
    const events: TokenEvent[] = [];
    const keeper = createTokenKeeper({
      tokens,
      shared: shareTokens(vault, openRefreshLock(stateDir, 'profile')),
      renew: (present) => requestRenewal(provider, present, Date.now),
      relayUrl: tokens.relayUrl,
      onEvent: (event) => events.push(event),
      now: Date.now,
    });
    await expect(keeper.renewNow()).rejects.toMatchObject({ code: 'sign-in-expired' });
    expect(events).toMatchObject([
      { type: 'did-end', error: { message: expect.stringContaining('used in another place') } },
    ]);
    const stored = await vault.read();
    expect(stored).toMatchObject({ ended: { detail: expect.stringContaining('used') } });
    for (const token of ['accessToken', 'refreshToken']) expect(stored).not.toHaveProperty(token);
    await expect(requestRenewal(provider, stolen, Date.now)).rejects.toMatchObject({ code: 'sign-in-expired' });
    await keeper.close();
  } finally {
    await http.close();
  }
});

test('the lock of a process that is killed is free at once', async () => {
  const holder = start('hold-lock.ts', stateDir);
  await once(holder, 'message');
  const lock = openRefreshLock(stateDir, 'profile');
  const held = lock.hold(async () => 'mine');
  holder.kill('SIGKILL');
  await expect(held).resolves.toBe('mine');
});

test('no token stands in plain text in any file', async () => {
  const key = randomBytes(32);
  const files = openEncryptedFiles(stateDir, async () => key);
  const vault = openTokenVault(
    { kind: 'encrypted-file', memoryReason: null, elsewhere: async () => ({ values: [], closed: [] }), ...files },
    'profile',
  );
  const tokens = await signedInTokens(idp);
  await vault.write(tokens);
  const lock = openRefreshLock(stateDir, 'profile');
  await lock.hold(async () => undefined);
  const names = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    names.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  expect(contents.length).toBeGreaterThan(1);
  for (const secret of [
    tokens.accessToken,
    tokens.refreshToken ?? '',
    tokens.idToken ?? '',
    String(tokens.proofKey?.jwk['d']),
  ]) {
    expect(secret.length).toBeGreaterThan(20);
    for (const content of contents) expect(content).not.toContain(secret);
  }
  expect(await vault.read()).toMatchObject({ accessToken: tokens.accessToken });
});
