import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Identity } from '../../../relay/identity/identity.ts';
import { createIdentitySigner, type IdentitySigner } from '../../../relay/upstream/identity-jwt.ts';

const dayMs = 24 * 3_600_000;
const startMs = 1_800_000_000_000;

const alice: Identity = {
  kind: 'person',
  issuer: 'https://idp.example',
  issuerName: 'IdP',
  subject: 'subject-alice',
  username: 'alice',
  name: 'Alice Ünal',
  email: 'alice@example.com',
  groups: ['developers'],
  clientId: 'causeway',
  tokenId: 't1',
  expiresAtMs: startMs + 300_000,
  authTimeMs: undefined,
  acr: undefined,
  scopes: [],
  providerSessionId: undefined,
  claims: {},
  jkt: undefined,
  certificateSha256: undefined,
};

function setUp(): { dataDir: string; clock: { nowMs: number }; open: () => IdentitySigner } {
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-signer-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const clock = { nowMs: startMs };
  const open = (): IdentitySigner =>
    createIdentitySigner({ dataDir, relayUrl: 'https://relay.example', relayName: 'Example', now: () => clock.nowMs });
  return { dataDir, clock, open };
}

function verify(jwt: string, signer: IdentitySigner, nowMs: number, audience = 'orders'): ReturnType<typeof jwtVerify> {
  return jwtVerify(jwt, createLocalJWKSet(signer.jwks() as JSONWebKeySet), {
    issuer: 'https://relay.example',
    audience,
    currentDate: new Date(nowMs),
    algorithms: ['ES256'],
  });
}

describe('the identity header', () => {
  it('is refused for another API, after its minute, and with another relay’s keys', async () => {
    const { open, clock } = setUp();
    const signer = open();
    const jwt = signer.headerFor(alice, 'orders');
    await expect(verify(jwt, signer, clock.nowMs, 'payroll')).rejects.toMatchObject({ claim: 'aud' });
    await expect(verify(jwt, signer, clock.nowMs + 60_000)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
    await expect(verify(jwt, setUp().open(), clock.nowMs)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('says who is calling which API', async () => {
    const { open, clock } = setUp();
    const signer = open();
    const { payload } = await verify(signer.headerFor(alice, 'orders'), signer, clock.nowMs);
    expect(payload).toEqual({
      iss: 'https://relay.example',
      aud: 'orders',
      sub: 'subject-alice',
      idp: 'https://idp.example',
      relay: 'Example',
      username: 'alice',
      name: 'Alice Ünal',
      email: 'alice@example.com',
      groups: ['developers'],
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: startMs / 1000,
      exp: startMs / 1000 + 60,
    });
  });

  it('is reused for thirty seconds, per identity and API', () => {
    const { open, clock } = setUp();
    const signer = open();
    const first = signer.headerFor(alice, 'orders');
    clock.nowMs += 29_999;
    expect(signer.headerFor(alice, 'orders')).toBe(first);
    expect(signer.headerFor(alice, 'inventory')).not.toBe(first);
    expect(signer.headerFor({ ...alice }, 'orders')).not.toBe(first);
    clock.nowMs += 1;
    expect(signer.headerFor(alice, 'orders')).not.toBe(first);
  });

  it('leaves out a list of groups too long for a header and says so', async () => {
    const { open, clock } = setUp();
    const signer = open();
    const many = { ...alice, groups: Array.from({ length: 5000 }, (_, index) => `group-${index}`) };
    const { payload } = await verify(signer.headerFor(many, 'orders'), signer, clock.nowMs);
    expect(payload).toMatchObject({ groups_overage: 5000 });
    expect(payload).not.toHaveProperty('groups');
  });
});

describe('the relay’s keys', () => {
  it('are stored for the owner only, and never published with their private part', () => {
    const { dataDir, open } = setUp();
    const { keys } = open().jwks();
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty('d');
    expect(statSync(join(dataDir, 'identity-keys.json')).mode & 0o777).toBe(0o600);
  });

  it('stay the same over a restart', async () => {
    const { open, clock } = setUp();
    const jwt = open().headerFor(alice, 'orders');
    await expect(verify(jwt, open(), clock.nowMs)).resolves.toBeDefined();
  });

  it('rotate by age: the next one is published a day ahead, the old one stays a day longer', async () => {
    const { open, clock } = setUp();
    const signer = open();
    const kidNow = (): string | undefined => decodeProtectedHeader(signer.headerFor({ ...alice }, 'orders')).kid;
    const first = kidNow();
    clock.nowMs = startMs + 29 * dayMs;
    expect(signer.jwks().keys).toHaveLength(2);
    expect(kidNow()).toBe(first);
    const last = signer.headerFor(alice, 'orders');
    clock.nowMs += dayMs;
    expect(kidNow()).not.toBe(first);
    await expect(verify(last, signer, startMs + 29 * dayMs)).resolves.toBeDefined();
    clock.nowMs += dayMs;
    expect(signer.jwks().keys.map(({ kid }) => kid)).toEqual([kidNow()]);
  });

  it('are refused with the file’s name when the file is damaged', () => {
    const { dataDir, open } = setUp();
    open();
    const path = join(dataDir, 'identity-keys.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
    expect(open).toThrow(expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(path) }));
  });
});
