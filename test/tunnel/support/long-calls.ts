import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A whole answer, and the caller's own end of the connection that it came over. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly socket: Socket;
}

export interface CallOptions {
  /** A connection of its own when left out. */
  readonly agent?: Agent;
  /** Makes it a POST. */
  readonly body?: string;
}

async function responseTo(url: string, { agent, body }: CallOptions): Promise<IncomingMessage> {
  const sent = request(url, { method: body === undefined ? 'GET' : 'POST', agent: agent ?? false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  // What breaks the answer reaches the request too, behind the response's own error.
  sent.on('error', () => undefined);
  return response;
}

/** Calls through a local address; rejects when the answer is cut. */
export async function call(url: string, options: CallOptions = {}): Promise<CallAnswer> {
  const response = await responseTo(url, options);
  const { socket, statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: await text(response), socket };
}

/** A download of which the beginning has come and nothing more is read until `finish`. */
export interface PausedDownload {
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

/** Begins a download and leaves it in the middle. */
export async function startDownload(url: string): Promise<PausedDownload> {
  const response = await responseTo(url, {});
  const hash = createHash('sha256');
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  await once(response, 'data');
  response.pause();
  return {
    async finish() {
      const ended = once(response, 'end');
      response.resume();
      await ended;
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}

/** The numbers of an event stream, as they come. */
export interface EventReader {
  readonly numbers: readonly number[];
  /** Resolves once the stream has ended as it should; rejects when it is cut. */
  readonly ended: Promise<void>;
}

/** Reads an event stream of numbers from its beginning. */
export async function readEvents(url: string): Promise<EventReader> {
  const response = await responseTo(url, {});
  const numbers: number[] = [];
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() ?? '';
    numbers.push(...events.map((event) => Number(event.replace('data: ', ''))));
  });
  return { numbers, ended: once(response, 'end').then(() => undefined) };
}
