import type { ServerResponse } from 'node:http';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebhookChannel } from '../../../relay/notify/webhook-channel.ts';
import { dueNotice } from './notices.ts';

const key = randomBytes(32);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const silence = (): void => undefined;

async function receive(answer: (response: ServerResponse) => void) {
  const messages: { readonly headers: Readonly<Record<string, unknown>>; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      messages.push({ headers: request.headers, body });
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const timeoutMs = answer === silence ? 1000 : 20_000;
  const secrets = [`whsec_${key.toString('base64')}`];
  const settings = { name: 'chat', url: `http://127.0.0.1:${port}/hook`, secrets, ca: undefined, timeoutMs };
  const channel = createWebhookChannel(settings, { consoleUrl: null, relayName: 'Acme' });
  closers.push(() => {
    void channel.close();
    server.closeAllConnections();
    server.close();
  });
  return { messages, channel };
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end();

describe('a webhook of people to tell', () => {
  it('gets what happened, signed, under the same id each time', async () => {
    const { messages, channel } = await receive(status(204));
    const notice = dueNotice({ id: 'req-1.requested.chat', channel: 'chat', recipient: '' });
    expect(await channel.send(notice)).toEqual({ status: 'delivered' });
    expect(await channel.send(notice)).toEqual({ status: 'delivered' });
    const [first, second] = messages;
    expect(first?.headers['webhook-id']).toBe('req-1.requested.chat');
    expect(second?.headers['webhook-id']).toBe('req-1.requested.chat');
    const signed = `req-1.requested.chat.${String(first?.headers['webhook-timestamp'])}.${first?.body}`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    expect(first?.headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(JSON.parse(first?.body ?? '')).toEqual({
      type: 'access.requested',
      timestamp: '2027-01-15T08:00:00.000Z',
      data: {
        relay: 'Acme',
        request: 'req-1',
        requester: 'alice',
        api: 'payroll',
        role: 'payroll-admin',
        hours: 2,
        expiresAt: null,
        by: 'alice',
        note: 'Ticket 4711',
        links: { app: 'causeway://request/req-1' },
      },
    });
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      '200 with a body without end',
      (response) => void response.writeHead(200).write('x'.repeat(100_000)),
      { status: 'delivered' },
    ],
    ['301', status(301, { location: 'http://127.0.0.1:1/' }), { status: 'later', isChannel: true }],
    ['400', status(400), { status: 'later', isChannel: false }],
    ['401', status(401), { status: 'later', isChannel: true }],
    ['410', status(410), { status: 'refused' }],
    ['413', status(413), { status: 'refused' }],
    ['429 with a wish', status(429, { 'retry-after': '7' }), { status: 'later', isChannel: true, retryAfterMs: 7000 }],
    ['500', status(500), { status: 'later', isChannel: true }],
    ['silence', silence, { status: 'later', reason: 'the receiver didn’t answer within 1 s', isChannel: true }],
    ['a reset', (response) => response.socket?.resetAndDestroy(), { status: 'later', isChannel: true }],
  ])('that answers with %s', async (_, answer, expected) => {
    const { channel } = await receive(answer);
    expect(await channel.send(dueNotice({ channel: 'chat', recipient: '' }))).toMatchObject(expected);
  });
});
