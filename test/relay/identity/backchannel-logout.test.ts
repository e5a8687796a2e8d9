import { get, request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokeCommand } from '../../../relay/commands/revoke.ts';
import { providerSessionName } from '../../../relay/sessions/ended-by-provider.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { hello, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';
let world: DemoWorld;

beforeAll(async () => {
  world = await startDemoWorld();
});
afterAll(() => world.close());

/** A tunnel that the relay has welcomed, with a token that the provider signed. */
async function welcomed(user: string, claims: Record<string, unknown> = {}): Promise<RawTunnel> {
  const issuer = { token: () => world.idp.mintAccessToken({ user, claims }) };
  const tunnel = await openTunnel({ ...world, issuer } as unknown as TunnelWorld, user, {
    port: Number(new URL(world.relayUrl).port),
  });
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  return tunnel;
}

/** A logout token, signed with the provider's own key. */
function logoutToken(user: string, claims: Record<string, unknown> = {}): Promise<string> {
  return world.idp.mintAccessToken({
    user,
    claims: { aud: world.idp.clientId, events: { [event]: {} }, ...claims },
    header: { typ: 'logout+jwt' },
  });
}

function post(body: string, type = 'application/x-www-form-urlencoded'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${world.relayUrl}/v1/backchannel-logout`,
      { method: 'POST', ca: world.ca, headers: { 'content-type': type }, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    call.on('error', reject).end(body);
  });
}

describe('the relay’s address for back-channel logout', () => {
  it('refuses what is no logout token, and ends nothing', async () => {
    const tunnel = await welcomed('alice');
    const accessToken = await world.idp.mintAccessToken({ user: 'alice' });
    for (const [body, type] of [
      ['', undefined],
      ['logout_token=x', undefined],
      [`logout_token=${accessToken}`, undefined],
      [`logout_token=${await logoutToken('alice', { nonce: 'n' })}`, undefined],
      [`logout_token=${await logoutToken('alice', { aud: 'other' })}`, undefined],
      [`logout_token=${await logoutToken('alice')}`, 'text/plain'],
      [`logout_token=${'x'.repeat(100_000)}`, undefined],
    ] as const)
      expect((await post(body, type)).status).toBe(400);
    expect(tunnel.socket.readyState).toBe(tunnel.socket.OPEN);
    await tunnel.close();
  });

  it('closes the tunnels of the person at once, says why, and leaves others alone', async () => {
    const [first, second, other] = await Promise.all([welcomed('alice'), welcomed('alice'), welcomed('bob')]);
    const token = await logoutToken('alice');
    const startedAt = performance.now();
    expect(await post(`logout_token=${token}`)).toEqual({ status: 200, text: '' });
    for (const tunnel of [first, second]) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
      await tunnel.closed;
    }
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    await other.close();
  });

  it('closes only the session that the provider names', async () => {
    const claims = { iat: Math.floor(Date.now() / 1000) + 30 };
    const [named, another] = await Promise.all([
      welcomed('alice', { ...claims, sid: 's1' }),
      welcomed('alice', { ...claims, sid: 's2' }),
    ]);
    await post(`logout_token=${await logoutToken('alice', { sid: 's1' })}`);
    await named.closed;
    expect(another.socket.readyState).toBe(another.socket.OPEN);
    const ends = (): readonly unknown[] => {
      const store = openSessionStore(world.dataDir);
      try {
        const sessions = new Map(store.list().map((session) => [session.providerSession, session]));
        return ['s1', 's2'].map((sid) => {
          const session = sessions.get(providerSessionName(world.idp.issuer, sid));
          return session === undefined ? 'none' : (session.revoked ?? null);
        });
      } finally {
        store.close();
      }
    };
    await expect
      .poll(ends, { timeout: 30_000 })
      .toEqual([{ by: expect.any(String), reason: 'Signed out there.', atMs: expect.any(Number) }, null]);
    await another.close();
  });

  it('lists sessions as ended whose client is away', async () => {
    const tunnel = await welcomed('bob', { sid: 'left' });
    const name = providerSessionName(world.idp.issuer, 'left');
    const found = (): SessionRecord | undefined => {
      const store = openSessionStore(world.dataDir);
      try {
        return store.list().find(({ providerSession }) => providerSession === name);
      } finally {
        store.close();
      }
    };
    await tunnel.close();
    await expect.poll(found, { timeout: 30_000 }).toBeDefined();
    await post(`logout_token=${await logoutToken('bob', { sid: 'left' })}`);
    await expect.poll(() => found()?.revoked?.reason, { timeout: 30_000 }).toBe('Signed out there.');
  });
});

describe('an administrator', () => {
  const revoke = async (who: string, issuer?: string): Promise<{ readonly code: number; readonly text: string }> => {
    let text = '';
    const write = (more: string): void => void (text += more);
    return { code: await revokeCommand({ dataDir: world.dataDir, who, issuer, reason: 'leaves us', write }), text };
  };

  it('is told when nobody is meant, and ends nothing', async () => {
    const tunnel = await welcomed('carol');
    expect(await revoke('nobody')).toEqual({
      code: 2,
      text: 'Nobody called “nobody” is in this relay’s audit. Name the subject, with --issuer.\n',
    });
    expect(tunnel.socket.readyState).toBe(tunnel.socket.OPEN);
    await tunnel.close();
  });

  it('ends all sign-ins of a person, who can sign in again', async () => {
    const token = await world.idp.mintAccessToken({ user: 'carol' });
    // Times of tokens are whole seconds: one of the second in which bob was signed out, above, might be from before.
    const later = { iat: Math.ceil(Date.now() / 1000) + 1 };
    const [tunnel, other] = await Promise.all([welcomed('carol'), welcomed('bob', later)]);
    // The record of an opened tunnel is written behind it, and the command finds people in the audit.
    await expect
      .poll(() => revoke('carol'))
      .toMatchObject({ code: 0, text: expect.stringContaining('carol (') as string });
    expect(await tunnel.waitForControl('goaway')).toMatchObject({
      reason: 'session-revoked',
      detail: 'An administrator has ended your sign-in.',
    });
    await tunnel.closed;
    expect(await catalog(token)).toMatchObject({ status: 401, detail: 'An administrator has ended this sign-in.' });
    const fresh = await world.idp.mintAccessToken({ user: 'carol', claims: { iat: Math.ceil(Date.now() / 1000) + 1 } });
    expect((await catalog(fresh)).status).toBe(200);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    await other.close();
  });

  it('and a provider have ended what they ended also after a restart', async () => {
    const [carol, bob] = [
      await world.idp.mintAccessToken({ user: 'carol' }),
      await world.idp.mintAccessToken({ user: 'bob' }),
    ];
    expect((await revoke('carol')).code).toBe(0);
    expect((await post(`logout_token=${await logoutToken('bob')}`)).status).toBe(200);
    await world.restartRelay();
    for (const token of [carol, bob]) expect((await catalog(token)).status).toBe(401);
  });
});

function catalog(token: string): Promise<{ status: number; detail: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(`${world.relayUrl}/v1/catalog`, { ca: world.ca, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const { detail = '' } = JSON.parse(text) as { detail?: string };
        resolve({ status: response.statusCode ?? 0, detail });
      });
    }).on('error', reject);
  });
}
