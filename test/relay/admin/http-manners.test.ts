import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const admin = { listen: { port }, roles: { owner: ['security'] } };
  world = await startTunnelWorld({ configure: (config) => ({ ...config, admin }) });
}, 120_000);
afterAll(() => world?.close());

const tokenOf = (person: string, claims = {}) => world.issuer.token(person, 3600, { groups: ['security'], ...claims });
const ask = async (path: string, headers: Readonly<Record<string, string>>) => {
  const answer = await fetch(`${url}${path}`, { headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

describe('an answer of the admin API', () => {
  it('has a tag, and isn’t sent again to who has it', async () => {
    const authorization = `Bearer ${await tokenOf('dana')}`;
    const first = await ask('/admin/v1/apis', { authorization });
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, etag, first.headers.get('cache-control')]).toEqual([
      200,
      expect.stringMatching(/^"\S+"$/),
      'no-store',
    ]);
    const again = await ask('/admin/v1/apis', { authorization, 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    const other = await ask('/admin/v1/apis', { authorization, 'if-none-match': '"another"' });
    expect([other.status, other.text]).toEqual([200, first.text]);
  });

  it('says how many may follow; beyond 600 a minute one person waits, and nobody else', async () => {
    const authorization = `Bearer ${await tokenOf('erin')}`;
    const first = await ask('/admin/v1/me', { authorization });
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      '"operator";q=600;w=60',
      expect.stringMatching(/^"operator";r=599;t=\d+$/),
    ]);
    let last = first;
    for (let asked = 1; asked < 640 && last.status === 200; asked += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/admin/v1/me', { authorization })));
      last = answers.find(({ status }) => status !== 200) ?? last;
    }
    expect([last.status, (JSON.parse(last.text) as { code: string }).code]).toEqual([429, 'rate-limited']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('/admin/v1/me', { authorization: `Bearer ${await tokenOf('dana')}` })).status).toBe(200);
  }, 60_000);
});

describe('a token that is bound to a key (RFC 9449)', () => {
  it.each([
    ['with a proof for this request', {}, 200],
    ['for a path with other letters in it', { path: '/admin/v1/people/z%C3%B6e%20x' }, 400],
    ['with a proof for another address', { htu: '/admin/v1/relays' }, 401],
    ['with a proof for another method', { htm: 'POST' }, 401],
    ['with a proof of another key', { isOther: true }, 401],
    ['as a bearer token', { scheme: 'Bearer' }, 401],
  ] as const)('%s: %j is answered with %s', async (_how, differs, status) => {
    const wanted: { path?: string; htu?: string; htm?: string; isOther?: boolean; scheme?: string } = differs;
    const { path = '/admin/v1/relay', htu = path, htm = 'GET', isOther = false, scheme = 'DPoP' } = wanted;
    const [own, other] = await Promise.all([makeKey(), makeKey()]);
    const token = await tokenOf('dana', { cnf: { jkt: await calculateJwkThumbprint(own.jwk) } });
    const { privateKey, jwk } = isOther ? other : own;
    const ath = createHash('sha256').update(token).digest('base64url');
    const proof = await new SignJWT({ htm, htu: `${url}${htu}`, jti: randomUUID(), ath })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
    const headers = { authorization: `${scheme} ${token}`, ...(scheme === 'DPoP' ? { dpop: proof } : {}) };
    // Who isn’t known here: what counts is that the proof was taken.
    expect((await ask(path, headers)).status).toBe(status);
  });
});

async function makeKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}
