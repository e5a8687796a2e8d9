import type { WebSocket } from 'ws';
import { expect, test } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { TunnelLink } from '../../../relay/tunnel/tunnel-link.ts';
import { TunnelSession } from '../../../relay/tunnel/tunnel-session.ts';
import { control } from '../../tunnel/support/raw-tunnel.ts';

const { limits } = configSchema.parse({
  relay: { name: 'Test', url: 'https://relay.example' },
  issuers: [{ name: 'Test', issuer: 'https://idp.example', client_id: 'causeway', audience: 'https://relay.example' }],
  apis: [],
});

/** As much of a WebSocket as a link without traffic touches. */
function silentSocket(): WebSocket {
  const socket = { OPEN: 1, readyState: 1, bufferedAmount: 0, send() {}, close() {}, terminate() {}, once() {} };
  return socket as unknown as WebSocket;
}

function openLink(): { link: TunnelLink; heard: unknown[] } {
  const identity = { issuer: 'https://idp.example', subject: 'ann', groups: [], expiresAtMs: 1e15 } as unknown;
  const heard: unknown[] = [];
  const session = new TunnelSession('session', identity as Identity, '127.0.0.1', 0);
  const link = new TunnelLink(
    session,
    limits,
    60_000,
    { onOpen: () => null, onControl: (_link, message) => void heard.push(message), onEnded: () => undefined },
    0,
  );
  return { link, heard };
}

test('bytes that a replaced WebSocket still held are not counted: the client sends them again', () => {
  const { link, heard } = openLink();
  const [first, second] = [silentSocket(), silentSocket()];
  link.attach(first, 0);
  link.receive(first, control({ number: 1 }), 0);
  const { received } = link.multiplexer;
  link.attach(second, 0, 0);
  link.receive(first, control({ number: 2 }), 0);
  expect(link.multiplexer.received).toBe(received);
  link.receive(second, control({ number: 2 }), 0);
  expect(heard).toEqual([{ number: 1 }, { number: 2 }]);
});

test('the loss of a replaced WebSocket is not the loss of the tunnel', () => {
  const { link } = openLink();
  const [first, second] = [silentSocket(), silentSocket()];
  link.attach(first, 0);
  link.attach(second, 0, 0);
  link.lost(first, 1);
  link.left(first);
  expect(link.lostAtMs).toBeNull();
  expect(link.ended).toBe(false);
});
