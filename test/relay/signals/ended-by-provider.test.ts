import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { listLocks } from '../../../relay/administration/locks.ts';
import { findRelay } from '../../../relay/commands/running-relay.ts';
import { signalsCommand } from '../../../relay/commands/signals.ts';
import { signalsSchema } from '../../../relay/config/signals-schema.ts';
import { type RawTunnel, welcomedTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { caep, pollSecret, risc, startTransmitter, type TestTransmitter } from './start-transmitter.ts';

const audience = 'https://relay.acme.example/signals';
const secret = 'a-push-secret-of-some-length';

describe.each([1, 2])('a relay of %i processes', (workers) => {
  let world: TunnelWorld;
  let transmitter: TestTransmitter;
  let secrets: string;
  const agent = new Agent({ keepAlive: false });

  beforeAll(async () => {
    transmitter = await startTransmitter(audience);
    secrets = mkdtempSync(join(tmpdir(), 'causeway-secrets-'));
    for (const [name, text] of [
      ['push', secret],
      ['poll', pollSecret],
    ] as const)
      writeFileSync(join(secrets, name), text, { mode: 0o600 });
    world = await startTunnelWorld({
      workers,
      configure: (config) => ({
        ...config,
        signals: [
          {
            name: 'okta',
            transmitter: transmitter.url,
            audience,
            push: { bearer: [`\${file:${join(secrets, 'push')}}`] },
            poll: { url: `${transmitter.url}/poll`, bearer: `\${file:${join(secrets, 'poll')}}` },
          },
        ],
      }),
    });
  }, 90_000);
  afterAll(async () => {
    agent.destroy();
    await world?.close();
    await transmitter?.close();
    rmSync(secrets, { recursive: true, force: true });
  });

  const push = async (events: Readonly<Record<string, object>>): Promise<number> => {
    const token = await transmitter.set(events);
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/secevent+jwt' };
      const url = `${world.relayUrl}/v1/signals/okta`;
      const sent = request(url, { method: 'POST', headers, ca: world.ca, agent }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      });
      sent.once('error', reject);
      sent.end(token);
    });
  };
  const welcomed = (person: string): Promise<RawTunnel> => welcomedTunnel(world, person);
  const subjectOf = (person: string): object => ({
    format: 'iss_sub',
    iss: world.issuer.url,
    sub: `subject-${person}`,
  });

  it('ends the open tunnels of a person whose session the provider has ended, and nobody else’s', async () => {
    const [ended, other] = [await welcomed('alice'), await welcomed('bob')];
    expect(await push({ [`${caep}session-revoked`]: { subject: subjectOf('alice') } })).toBe(202);
    expect(await ended.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    const record = (): unknown =>
      queryAudit(world.dataDir, { type: 'administrator', limit: 10 }).find(
        ({ record: found }) => found.type === 'administrator' && found.person?.subject === 'subject-alice',
      )?.record;
    await vi.waitFor(() => expect(record()).toMatchObject({ operator: { user: 'okta (shared signals)' } }), 20_000);
    expect(await other.request(1)).toBe(200);
  }, 60_000);

  it('ends them also when the event is fetched', async () => {
    const ended = await welcomed('carol');
    const events = { [`${caep}session-revoked`]: { subject: subjectOf('carol') } };
    transmitter.offer('fetched', await transmitter.set(events, { claims: { jti: 'fetched' } }));
    expect(await ended.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    await vi.waitFor(() => expect(transmitter.acknowledged).toContain('fetched'), 20_000);
  }, 60_000);

  it('locks whose account was disabled, by user name, and unlocks them when it is enabled', async () => {
    await welcomed('dana');
    const subject = { format: 'account', uri: 'acct:dana' };
    expect(await push({ [`${risc}account-disabled`]: { subject, reason: 'hijacking' } })).toBe(202);
    // A tunnel of before may end in the middle of a request.
    const answered = async (): Promise<number> => {
      const tunnel = await welcomed('dana');
      const silence = new Promise<number>((_, reject) =>
        setTimeout(() => reject(new Error('no answer')), 2000).unref(),
      );
      return Promise.race([tunnel.request(1), silence]);
    };
    await vi.waitFor(async () => expect(await answered()).toBe(403), 30_000);
    const locks = async () => listLocks({ dataDir: world.dataDir }, { all: false }, Date.now());
    expect(await locks()).toMatchObject([
      { author: 'okta (shared signals)', reason: 'The sign-in service has disabled this account.' },
    ]);
    expect(await push({ [`${risc}account-enabled`]: { subject } })).toBe(202);
    expect(await locks()).toEqual([]);
  }, 60_000);

  it('says how the provider fares', async () => {
    let output = '';
    const transmitters = signalsSchema.parse([
      { name: 'okta', transmitter: transmitter.url, push: { bearer: ['x'] }, poll: { url: transmitter.url } },
    ]);
    const write = (text: string): void => void (output += text);
    const options = { dataDir: world.dataDir, storage: undefined, transmitters, write };
    expect(await signalsCommand({ ...options, json: false })).toBe(0);
    expect(output).toMatch(/^okta \(push, poll\) {2}last event 20\d\d-.*4 accepted {2}4 acted on/);
    // The relay that runs says the same, to who may open no file of it.
    const relay = await findRelay(world.dataDir);
    if (relay === null) throw new Error('the relay has no socket');
    let answered = '';
    expect(await signalsCommand({ relay, json: true, write: (text) => (answered += text) })).toBe(0);
    expect(JSON.parse(answered)).toMatchObject({ name: 'okta', ways: ['push', 'poll'], accepted: 4, acted: 4 });
  });
});
