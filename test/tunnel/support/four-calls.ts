import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';
import type { EchoAnswer } from '../../support/upstreams/start-echo.ts';

/** What came of the calls; each call has ended when this is there. */
export interface Outcome {
  readonly get: string;
  readonly post: string;
  readonly events: string;
  readonly webSocket: string;
}

const body = Buffer.alloc(3000, 'causeway ');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const download = Buffer.alloc(5000, 'download ');
const messages = ['one', 'two', 'x'.repeat(500), 'four'];
const eventText = [1, 2, 3].map((number) => `data: ${number}\n\n`).join('');

/** What the calls give when nothing is lost and nothing comes twice. */
export const wholeOutcome: Outcome = {
  get: `200 ${sha256(download)}`,
  post: `200 ${sha256(body)}`,
  events: eventText,
  webSocket: messages.join(' '),
};

/** How the upstream answers the calls, for `startEcho`. */
export const answerCalls: EchoAnswer = async ({ url, response }) => {
  if (url.pathname === '/get') {
    response.writeHead(200, { 'content-length': download.length }).end(download);
    return true;
  }
  if (url.pathname !== '/events') return false;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const number of [1, 2, 3]) {
    response.write(`data: ${number}\n\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
  return true;
};

async function http(url: string, method: string, path: string, payload?: Buffer): Promise<[number, Buffer]> {
  const sent = request(`${url}${path}`, { method, agent: false });
  sent.end(payload);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  if (!response.complete) throw new Error('cut');
  return [response.statusCode ?? 0, Buffer.concat(chunks)];
}

async function echoMessages(url: string, name: string): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/${name}`);
  const received: string[] = [];
  const over = new AbortController();
  socket.once('close', () => over.abort());
  const { signal } = over;
  try {
    await once(socket, 'open', { signal });
    for (const message of messages) {
      socket.send(message);
      const [data] = (await once(socket, 'message', { signal })) as [Buffer];
      received.push(data.toString());
    }
    const closed = once(socket, 'close');
    socket.close(1000);
    const [code] = (await closed) as [number];
    return code === 1000 ? received.join(' ') : `closed with ${code}`;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.terminate();
    throw error;
  }
}

const told = (error: unknown): string => `error ${(error as NodeJS.ErrnoException).code ?? String(error)}`;

/**
 * A GET, a POST with a body, an event stream and a WebSocket at once, through a local address.
 * @param name stands in the paths, so that the upstream's records of this run can be told from others
 */
export async function makeFourCalls(url: string, name: string): Promise<Outcome> {
  const [get, post, events, webSocket] = await Promise.all([
    http(url, 'GET', '/get').then(([status, bytes]) => `${status} ${sha256(bytes)}`, told),
    http(url, 'POST', `/post/${name}`, body).then(
      ([status, bytes]) => `${status} ${(JSON.parse(bytes.toString()) as { body?: { sha256: string } }).body?.sha256}`,
      told,
    ),
    http(url, 'GET', '/events').then(([, bytes]) => bytes.toString(), told),
    echoMessages(url, name).catch(told),
  ]);
  return { get, post, events, webSocket };
}
