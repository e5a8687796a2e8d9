import { hash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokeCommand } from '../../../relay/commands/revoke.ts';
import { redisProgram } from '../../support/start-redis.ts';
import type { RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld } from './relays-world.ts';

const catalogPath = '/v1/catalog';

describe.runIf(redisProgram !== null)('sign-ins at relays that share Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let first: RelayNode;
  let second: RelayNode;

  beforeAll(async () => {
    world = await startRelaysWorld({ issuer: { dpop_nonce: true } });
    [first, second] = await Promise.all([world.startNode(), world.startNode()]);
  });
  afterAll(() => world?.close());

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const logOut = async (node: RelayNode, token: string) =>
    node.ask('/v1/backchannel-logout', {}, `logout_token=${token}`);

  it('are told to the API by headers that it can verify with the keys of any relay', async () => {
    const keysAt = async (node: RelayNode): Promise<readonly string[]> => {
      const { keys } = (await node.ask('/.well-known/jwks.json')).body as { keys: readonly { kid: string }[] };
      return keys.map(({ kid }) => kid).toSorted();
    };
    await expect.poll(() => keysAt(first), { timeout: 60_000 }).toHaveLength(2);
    await expect.poll(() => keysAt(second), { timeout: 60_000 }).toEqual(await keysAt(first));
    const tunnel = await second.tunnel(await world.token('bob'));
    expect(await tunnel.request(1)).toBe(200);
    const header = String(world.echo.requests.at(-1)?.headers['x-causeway-identity']);
    const jwks = (await first.ask('/.well-known/jwks.json')).body as unknown as JSONWebKeySet;
    const { payload } = await jwtVerify(header, createLocalJWKSet(jwks), { issuer: world.relayUrl, audience: 'echo' });
    expect(payload['username']).toBe('bob');
    await tunnel.close();
  });

  it('end at every relay at once when the provider signs a person out at one of them, and nobody else’s do', async () => {
    const [alice, bob] = [await world.token('alice'), await world.token('bob')];
    const [here, there, other] = await Promise.all([first.tunnel(alice), second.tunnel(alice), second.tunnel(bob)]);
    const logoutToken = await world.logoutToken('alice');
    const startedAt = performance.now();
    expect((await logOut(first, logoutToken)).status).toBe(200);
    for (const tunnel of [here, there]) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({
        reason: 'session-revoked',
        detail: 'You have been signed out at Example IdP.',
      });
      await tunnel.closed;
    }
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    expect(await second.ask(catalogPath, bearer(alice))).toMatchObject({
      status: 401,
      body: { code: 'session-revoked' },
    });
    expect((await logOut(second, logoutToken)).status).toBe(400);
    await other.close();
  });

  it('that were ended are refused by a relay that starts later', async () => {
    const alice = await world.token('alice', { sid: 'session-1' });
    expect((await logOut(second, await world.logoutToken('alice', { sid: 'session-1' }))).status).toBe(200);
    const third = await world.startNode();
    expect((await third.ask(catalogPath, bearer(alice))).body).toMatchObject({ code: 'session-revoked' });
    expect((await third.ask(catalogPath, bearer(await world.token('bob')))).status).toBe(200);
  });

  it('end only where the session is the named one', async () => {
    const later = { iat: Math.floor(Date.now() / 1000) + 30 };
    const [named, another] = await Promise.all([
      second.tunnel(await world.token('carol', { ...later, sid: 's1' })),
      second.tunnel(await world.token('carol', { ...later, sid: 's2' })),
    ]);
    await logOut(first, await world.logoutToken('carol', { sid: 's1' }));
    await named.closed;
    expect(isOpen(another)).toBe(true);
    await another.close();
  });

  it('end at every relay when the person signs out at one of them, and no other sign-in of the person', async () => {
    const [token, other] = [
      await world.token('carol', { sid: 'carol-laptop' }),
      await world.token('carol', { sid: 'carol-phone' }),
    ];
    const [here, there, stays] = await Promise.all([first.tunnel(token), second.tunnel(token), second.tunnel(other)]);
    expect((await first.ask('/v1/sign-out', bearer(token), {})).status).toBe(204);
    for (const tunnel of [here, there]) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
      await tunnel.closed;
    }
    expect((await second.ask(catalogPath, bearer(token))).body).toMatchObject({ code: 'session-revoked' });
    expect(isOpen(stays)).toBe(true);
    await stays.close();
  });

  it('end at every relay when an administrator says so at one of them', async () => {
    const token = await world.token('dana');
    const [here, there] = await Promise.all([first.tunnel(token), second.tunnel(token)]);
    const redis = { url: world.redis.url, prefix: 'causeway', timeoutMs: 5000 };
    // The record of an opened tunnel is written behind it, and the command finds people in the audit.
    await expect
      .poll(() => revokeCommand({ dataDir: first.dataDir, redis, who: 'dana', reason: 'leaves us', write: () => {} }))
      .toBe(0);
    for (const tunnel of [here, there]) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({
        reason: 'session-revoked',
        detail: 'An administrator has ended your sign-in.',
      });
      await tunnel.closed;
    }
  });

  describe('with a key of the client (DPoP)', () => {
    const bound = async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      const jwk = await exportJWK(publicKey);
      const token = await world.token('bob', { cnf: { jkt: await calculateJwkThumbprint(jwk) } });
      const prove = (nonce?: string) =>
        new SignJWT({
          htm: 'GET',
          htu: `${world.relayUrl}${catalogPath}`,
          ath: hash('sha256', token, 'base64url'),
          jti: crypto.randomUUID(),
          ...(nonce === undefined ? {} : { nonce }),
        })
          .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
          .setIssuedAt()
          .sign(privateKey);
      const ask = (node: RelayNode, proof: string) =>
        node.ask(catalogPath, { authorization: `DPoP ${token}`, dpop: proof });
      return { prove, ask };
    };

    it('take the nonce of another relay, and no proof twice, at whichever relay', async () => {
      const { prove, ask } = await bound();
      const challenge = await ask(first, await prove());
      expect(challenge).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' },
      });
      const nonce = String(challenge.headers['dpop-nonce']);
      const proof = await prove(nonce);
      expect((await ask(second, proof)).status).toBe(200);
      for (const node of [first, second, await world.startNode()])
        expect(await ask(node, proof)).toMatchObject({
          status: 401,
          body: { detail: expect.stringContaining('was used before') },
        });
      expect((await ask(first, await prove(nonce))).status).toBe(200);
    });

    it('are refused at once when proofs can’t be remembered, because Redis is gone', async () => {
      const { prove, ask } = await bound();
      const nonce = String((await ask(first, await prove())).headers['dpop-nonce']);
      await world.stopRedis();
      expect(await ask(first, await prove(nonce))).toMatchObject({
        status: 503,
        body: { code: 'shared-state-unavailable' },
      });
    });
  });
});

function isOpen({ socket }: RawTunnel): boolean {
  return socket.readyState === socket.OPEN;
}
