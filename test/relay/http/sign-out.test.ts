import { once } from 'node:events';
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { catalogPath, signOutPath } from '../../../shared/discovery-document.ts';
import { type IssuedCertificate, makeDeviceAuthority } from '../../support/device-authority.ts';
import { hello, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
beforeAll(async () => {
  world = await startTunnelWorld({ clientCertificates: true });
});
afterAll(() => world?.close());

interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly detail: unknown;
}

type Headers = Readonly<Record<string, string>>;

async function ask(path: string, headers: Headers, certificate?: IssuedCertificate): Promise<Answer> {
  const method = path === catalogPath ? 'GET' : 'POST';
  const shown = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
  const call = request(`${world.relayUrl}${path}`, { method, ca: world.ca, agent: false, headers, ...shown });
  call.end(method === 'POST' ? '{}' : undefined);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const status = response.statusCode ?? 0;
  const body = status === 204 ? {} : ((await json(response)) as Record<string, unknown>);
  return { status, code: body['code'], detail: body['detail'] };
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const signOut = (token: string, certificate?: IssuedCertificate): Promise<Answer> =>
  ask(signOutPath, bearer(token), certificate);
const isTaken = async (token: string): Promise<boolean> => (await ask(catalogPath, bearer(token))).status === 200;

async function welcomed(token: string): Promise<RawTunnel> {
  const tunnel = await openTunnel(world, '', { token });
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  return tunnel;
}

const isOpen = ({ socket }: RawTunnel): boolean => socket.readyState === socket.OPEN;
const records = () => queryAudit(world.dataDir, { limit: 1000 }).map(({ record }) => record);

/** A key as the app makes one, a token that is bound to it, and proofs. */
async function boundToken(person: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const cnf = { jkt: await calculateJwkThumbprint(jwk) };
  const newToken = () => world.issuer.token(person, 3600, { cnf });
  const headers = async (token: string, path: string, method: string): Promise<Headers> => {
    const claims = { htm: method, htu: `${world.relayUrl}${path}`, ath: hash('sha256', token, 'base64url') };
    const dpop = await new SignJWT({ ...claims, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
    return { authorization: `DPoP ${token}`, dpop };
  };
  return { newToken, headers };
}

describe('POST /v1/sign-out', () => {
  it('is refused without a token, and to one that the relay doesn’t take; nothing ends', async () => {
    const token = await world.issuer.token('ann', 3600, { sid: 'ann-1' });
    const tunnel = await welcomed(token);
    expect(await ask(signOutPath, {})).toMatchObject({ status: 401, code: 'token-rejected' });
    expect(await signOut(`${token.slice(0, -6)}AAAAAA`)).toMatchObject({ status: 401, code: 'token-rejected' });
    expect(await signOut(await world.issuer.token('ann', -600, { sid: 'ann-1' }))).toMatchObject({ status: 401 });
    expect(isOpen(tunnel)).toBe(true);
    expect(await isTaken(token)).toBe(true);
    await tunnel.close();
  });

  it('ends all that the provider’s session has opened, says why, and leaves the person’s other sign-ins alone', async () => {
    const [laptop, renewed, phone, bob] = [
      await world.issuer.token('ben', 3600, { sid: 'ben-laptop' }),
      await world.issuer.token('ben', 3600, { sid: 'ben-laptop' }),
      await world.issuer.token('ben', 3600, { sid: 'ben-phone' }),
      await world.issuer.token('bob', 3600),
    ];
    const [here, other, elsewhere, somebody] = [
      await welcomed(laptop),
      await welcomed(renewed),
      await welcomed(phone),
      await welcomed(bob),
    ];
    expect((await signOut(laptop)).status).toBe(204);
    for (const tunnel of [here, other]) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({
        reason: 'session-revoked',
        detail: 'You have signed out.',
      });
      expect(await tunnel.closed).toBe(4403);
    }
    for (const token of [laptop, renewed])
      expect(await ask(catalogPath, bearer(token))).toMatchObject({
        status: 401,
        code: 'session-revoked',
        detail: 'You have ended this sign-in.',
      });
    expect([isOpen(elsewhere), isOpen(somebody)]).toEqual([true, true]);
    expect([await isTaken(phone), await isTaken(bob)]).toEqual([true, true]);
    await Promise.all([elsewhere.close(), somebody.close()]);
  });

  it('stands in the audit, with who it was and from where', async () => {
    const token = await world.issuer.token('cleo', 3600, { sid: 'cleo-1' });
    expect((await signOut(token)).status).toBe(204);
    expect(records().find((record) => record.type === 'session' && record.event === 'signed-out')).toMatchObject({
      caller: { issuer: world.issuer.url, subject: 'subject-cleo', username: 'cleo', remoteAddress: '127.0.0.1' },
      detail: 'ended all tokens of this session at Issuer',
    });
    expect(JSON.stringify(records())).not.toContain(token);
  });

  it('counts a second time as a token that was ended', async () => {
    const token = await world.issuer.token('dora', 3600, { sid: 'dora-1' });
    expect((await signOut(token)).status).toBe(204);
    expect(await signOut(token)).toMatchObject({ status: 401, code: 'session-revoked' });
  });

  it('doesn’t keep the person from signing in again, in the same session of the browser', async () => {
    const claims = { sid: 'eve-1' };
    expect((await signOut(await world.issuer.token('eve', 3600, claims))).status).toBe(204);
    await expect
      .poll(async () => isTaken(await world.issuer.token('eve', 3600, claims)), { timeout: 10_000 })
      .toBe(true);
  });

  it('wants the proof of a token that is bound to a key, for this very request, and ends what the key has opened', async () => {
    const [one, two] = [await boundToken('finn'), await boundToken('finn')];
    const [token, renewed, elsewhere] = [await one.newToken(), await one.newToken(), await two.newToken()];
    const catalogOf = async (of: typeof one, held: string) =>
      (await ask(catalogPath, await of.headers(held, catalogPath, 'GET'))).status;
    expect((await signOut(token)).status).toBe(401);
    for (const [path, method] of [
      [signOutPath, 'GET'],
      [catalogPath, 'POST'],
    ] as const)
      expect(await ask(signOutPath, await one.headers(token, path, method))).toMatchObject({ status: 401 });
    expect(await catalogOf(one, token)).toBe(200);
    expect((await ask(signOutPath, await one.headers(token, signOutPath, 'POST'))).status).toBe(204);
    expect(await catalogOf(one, token)).toBe(401);
    expect(await catalogOf(one, renewed)).toBe(401);
    expect(await catalogOf(two, elsewhere)).toBe(200);
  });

  it('wants the certificate that a token is bound to', async () => {
    const authority = await makeDeviceAuthority();
    const [own, other] = [await authority.issue('laptop-1.example'), await authority.issue('laptop-2.example')];
    const token = await world.issuer.token('gus', 3600, { cnf: { 'x5t#S256': own.thumbprint } });
    expect((await signOut(token)).status).toBe(401);
    expect((await signOut(token, other)).status).toBe(401);
    expect((await signOut(token, own)).status).toBe(204);
    expect(await ask(catalogPath, bearer(token), own)).toMatchObject({ status: 401, code: 'session-revoked' });
  });

  it.each([
    ['an identifier', {}],
    ['nothing that tells it from others', { jti: undefined }],
  ])('ends only the token where that names no sign-in, by %s', async (_what, claims) => {
    const [token, other] = [
      await world.issuer.token('hal', 3600, claims),
      await world.issuer.token('hal', 3601, claims),
    ];
    const [tunnel, stays] = [await welcomed(token), await welcomed(other)];
    expect((await signOut(token)).status).toBe(204);
    await tunnel.closed;
    expect(await isTaken(token)).toBe(false);
    expect(await isTaken(other)).toBe(true);
    expect(isOpen(stays)).toBe(true);
    await stays.close();
  });

  it('counts also after a restart of the relay', async () => {
    const [token, other] = [await world.issuer.token('ida', 3600, { sid: '1' }), await world.issuer.token('ida')];
    expect((await signOut(token)).status).toBe(204);
    await world.crashRelay();
    expect(await ask(catalogPath, bearer(token))).toMatchObject({
      status: 401,
      detail: 'You have ended this sign-in.',
    });
    expect(await isTaken(other)).toBe(true);
  });
});
