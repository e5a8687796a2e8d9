import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { tunnelPath } from '../../../shared/discovery-document.ts';
import { closeCode, tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { control, RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const patient = { timeout: 15_000, interval: 50 };
const how = 'Open Software Center and choose Causeway.';
let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'orders', name: 'Orders', upstream: echo.url }] });
});
afterAll(async () => {
  await world?.close();
  await echo?.close();
});

const require = (policy: NonNullable<Parameters<Parameters<PipelineWorld['configure']>[0]>[0]['client_policy']>) =>
  world.configure((config) => ({ ...config, client_policy: policy }));
const profile = () => world.client.core.snapshot().profiles[0];

/** Status and problem of an upgrade without a token. */
function upgrade(version: string | undefined): Promise<[number, { code?: string; hint?: string; detail?: string }]> {
  return new Promise((resolve, reject) => {
    const asked = request(`${world.relayUrl}${tunnelPath}`, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': tunnelProtocol,
        ...(version === undefined ? {} : { 'Causeway-Version': version }),
      },
    });
    asked.once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => resolve([response.statusCode ?? 0, JSON.parse(text) as object]));
    });
    asked.once('error', reject);
    asked.end();
  });
}

describe('client_policy', () => {
  it.each<[string | undefined, number, string]>([
    ['0.1.9', 426, 'client-too-old'],
    ['0.2.0-beta.1', 426, 'client-too-old'],
    ['unknown', 426, 'client-too-old'],
    ['0.2.0', 401, 'token-rejected'],
    ['1.0', 401, 'token-rejected'],
    // What doesn't say its version is judged by its hello.
    [undefined, 401, 'token-rejected'],
  ])('judges the version %s at the handshake: %i %s', async (version, status, code) => {
    await require({ minimum_version: '0.2.0', how_to_update: how });
    const [answered, problem] = await upgrade(version);
    expect([answered, problem.code]).toEqual([status, code]);
    if (status === 426)
      expect([problem.hint, problem.detail]).toEqual(['Update Causeway.', expect.stringContaining(how)]);
  });

  it('ends the tunnel of a client that says only in its hello that it is too old', async () => {
    await require({ minimum_version: '0.2.0', how_to_update: how });
    const token = await world.idp.mintAccessToken({ user: 'alice' });
    const url = `${world.relayUrl.replace('http', 'ws')}${tunnelPath}`;
    const tunnel = new RawTunnel(
      new WebSocket(url, [tunnelProtocol], { headers: { Authorization: `Bearer ${token}` }, perMessageDeflate: false }),
    );
    await new Promise((resolve) => tunnel.socket.once('open', resolve));
    tunnel.send(
      control({ type: 'hello', device: { name: 'old', system: 'linux', appVersion: '0.1.0' }, listeners: [] }),
    );
    expect(await tunnel.closed).toBe(closeCode.clientTooOld);
    expect(tunnel.frames.map(({ payload }) => payload.toString()).join()).toContain('needs 0.2.0 or newer');
  });

  it('that asks for more ends open tunnels, whose person is told what to do; less lets them back in', async () => {
    await require({});
    world.client.core.checkNow();
    await vi.waitFor(() => expect(profile()?.tunnel.status).toBe('open'), patient);
    await require({ minimum_version: '0.2.0', how_to_update: how });
    await vi.waitFor(
      () =>
        expect(profile()?.tunnel).toMatchObject({
          status: 'reconnecting',
          problem: {
            code: 'client-too-old',
            detail: `This is version 0.1.0; the relay needs 0.2.0 or newer. ${how}`,
            hint: 'Update Causeway.',
          },
        }),
      patient,
    );
    expect(profile()?.signIn.status).toBe('signed-in');
    await require({ minimum_version: '0.1.0' });
    world.client.core.checkNow();
    await vi.waitFor(() => expect(profile()?.tunnel.status).toBe('open'), patient);
    expect((await fetch(`http://127.0.0.1:${world.port('orders')}/x`)).status).toBe(200);
  });

  it('shows a recommended version as soon as there is one, and no longer', async () => {
    await require({ recommended_version: '0.3.0', how_to_update: how });
    await vi.waitFor(
      () => expect(profile()?.update).toEqual({ recommendedVersion: '0.3.0', howToUpdate: how }),
      patient,
    );
    expect(profile()?.tunnel.status).toBe('open');
    await require({ recommended_version: '0.1.0' });
    await vi.waitFor(() => expect(profile()).not.toHaveProperty('update'), patient);
  });

  it('tells a client before it signs in', async () => {
    await require({ minimum_version: '0.1.0', recommended_version: '0.3.0', how_to_update: how });
    const told = await (await fetch(`${world.relayUrl}/.well-known/causeway`)).json();
    expect(told).toMatchObject({
      minimumClientVersion: '0.1.0',
      recommendedClientVersion: '0.3.0',
      howToUpdate: how,
    });
  });
});
