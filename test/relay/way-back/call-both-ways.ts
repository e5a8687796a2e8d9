import { connect } from 'node:http2';
import { RawConnection } from '../pipeline/raw-connection.ts';

/** What a caller can tell of an answer. */
export interface Seen {
  /** Null when there was none. */
  readonly status: number | null;
  readonly body: string;
  /** By the caller's own protocol the answer is complete. */
  readonly whole: boolean;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  /** HTTP/2: the head carried END_STREAM. */
  readonly headOnly: boolean;
}

export type CallerProtocol = 'HTTP/1.1' | 'HTTP/2';

/** Calls a local address and tells what came, a broken answer included. */
export async function callBothWays(
  port: number,
  protocol: CallerProtocol,
  { method = 'GET', path = '/' }: { readonly method?: string; readonly path?: string } = {},
): Promise<Seen> {
  if (protocol === 'HTTP/2') return callHttp2(port, method, path);
  const connection = await RawConnection.open(port);
  try {
    connection.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 0\r\n\r\n`);
    let response = await connection.readResponse(method);
    while (response.status < 200) response = await connection.readResponse(method);
    const { status, body, whole, headers, trailers } = response;
    return { status, body: body.toString(), whole, headers, trailers, headOnly: false };
  } finally {
    connection.close();
  }
}

async function callHttp2(port: number, method: string, path: string): Promise<Seen> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  try {
    const stream = session.request({ ':path': path, ':method': method }, { endStream: true });
    const seen = { status: null as number | null, body: '', headers: {}, trailers: {}, headOnly: false };
    let endStream = false;
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown): boolean => {
      if (chunk === null && !stream.closed && !stream.destroyed) endStream = true;
      return push(chunk);
    };
    stream.on('error', () => undefined);
    stream.once('response', (headers, bits) => {
      seen.status = Number(headers[':status']);
      seen.headers = { ...headers };
      seen.headOnly = (bits & 1) !== 0;
    });
    stream.once('trailers', (trailers) => (seen.trailers = trailers));
    stream.on('data', (chunk: Buffer) => (seen.body += chunk.toString()));
    await new Promise<void>((resolve) => stream.once('close', resolve));
    return { ...seen, whole: endStream };
  } finally {
    session.destroy();
  }
}
