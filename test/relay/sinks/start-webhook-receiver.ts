import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { webhookSecret } from './sinks-world.ts';

/** One POST as it came, and what it held. */
export interface ReceivedMessage {
  readonly id: string;
  readonly body: string;
  readonly seqs: readonly number[];
}

/** How a message is answered; 200 where the script has ended. */
export type WebhookAnswer = (response: ServerResponse, request: IncomingMessage) => void;

export interface WebhookReceiver {
  readonly url: string;
  /** All messages whose signature is right, acknowledged or not. */
  readonly messages: readonly ReceivedMessage[];
  /** Those that were answered with 2xx. */
  readonly acknowledged: readonly ReceivedMessage[];
  readonly refused: readonly string[];
}

/** Verification as the Standard Webhooks specification says, written from it: five minutes of tolerance, any signature. */
function verifyMessage(request: IncomingMessage, body: string, secret: string): string | undefined {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const [id, timestamp] = [header('webhook-id'), header('webhook-timestamp')];
  if (id === '' || id.includes('.') || !/^[0-9]+$/.test(timestamp)) return undefined;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return undefined;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  const isSigned = header('webhook-signature')
    .split(' ')
    .some((signature) => {
      const [version, base64 = ''] = signature.split(',');
      const given = Buffer.from(base64, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
  return isSigned ? id : undefined;
}

/** Receives messages and answers them by a script. */
export async function startWebhookReceiver(
  script: readonly WebhookAnswer[] = [],
  tls?: { readonly cert: string; readonly key: string },
): Promise<WebhookReceiver> {
  const messages: ReceivedMessage[] = [];
  const acknowledged: ReceivedMessage[] = [];
  const refused: string[] = [];
  const answers = [...script];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const id = verifyMessage(request, body, webhookSecret);
    if (id === undefined) {
      refused.push(body);
      response.writeHead(401).end();
      return;
    }
    const { records } = JSON.parse(body) as { readonly records: readonly { readonly seq: number }[] };
    const message = { id, body, seqs: records.map(({ seq }) => seq) };
    messages.push(message);
    const answer = answers.shift() ?? ((plain) => plain.end('ok'));
    answer(response, request);
    if (response.headersSent && response.statusCode < 300) acknowledged.push(message);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    take(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/siem`, messages, acknowledged, refused };
}
