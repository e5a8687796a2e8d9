import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Pool } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { connectUpstream } from '../../../relay/upstream/connect-upstream.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** An upstream that says something on each connection and closes it with what came unread, which resets it. */
async function startRefusing(says: string): Promise<{ port: number; refused: Promise<void> }> {
  let closed = (): void => undefined;
  const refused = new Promise<void>((resolve) => (closed = resolve));
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    // The first bytes are in the buffer, unread, when it closes.
    setTimeout(() => {
      socket.write(says, () => {
        socket.destroy();
        closed();
      });
    }, 100);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, refused };
}

async function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connectUpstream({})(
      { hostname: '127.0.0.1', host: '127.0.0.1', protocol: 'http:', port: String(port) },
      (error, socket) => (socket === null ? reject(error ?? new Error('no socket')) : resolve(socket)),
    );
  });
}

describe('a write that fails', () => {
  it.each([
    ['an answer', 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'],
    ['half an answer', 'HTTP/1.1 413 Too L'],
    ['nothing', ''],
  ])('ends the connection with its error, never as a proper end, after %s was read', async (_name, says) => {
    const { port, refused } = await startRefusing(says);
    const socket = await open(port);
    let ended = false;
    socket.on('end', () => (ended = true));
    const failed = new Promise((resolve) => socket.on('close', resolve));
    const problem = new Promise<Error>((resolve) => socket.on('error', resolve));
    socket.write('POST / HTTP/1.1\r\n\r\n');
    await refused;
    // In the same turn of the loop, before anything can be read.
    socket.write('more');
    await failed;
    expect(socket.bytesRead).toBe(says.length);
    expect(ended).toBe(false);
    expect((await problem) as NodeJS.ErrnoException).toMatchObject({ code: expect.stringMatching(/EPIPE|RESET/u) });
  });
});

describe('through undici', () => {
  const refusal = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\n';

  it.each([
    ['with its length, arrives whole', `${refusal}Content-Length: 5\r\n\r\nlarge`, '413 large'],
    ['without a length, is broken off', `${refusal}\r\nlarge`, '413 broken'],
    ['of a head without its end, is broken off', refusal, 'broken'],
  ])('the refusal of a body that nobody reads, %s', async (_name, says, expected) => {
    const { port, refused } = await startRefusing(says);
    const pool = new Pool(`http://127.0.0.1:${port}`, { connect: connectUpstream({}) });
    closers.push(() => pool.destroy());
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(10);
      await refused;
      yield Buffer.alloc(10);
      yield Buffer.alloc(10);
    }
    const got = await pool
      .request({ path: '/', method: 'POST', body: Readable.from(body()) })
      .then(async (answer) => `${answer.statusCode} ${await answer.body.text().catch(() => 'broken')}`)
      .catch(() => 'broken');
    expect(got).toBe(expected);
  });
});
