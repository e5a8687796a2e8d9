import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { publicKeyText, readFeedKey, signBytes } from '../../client/updates/minisign.ts';

const dayMs = 86_400_000;

/** What answers for a path; null for the file as it is. */
export type FeedAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/** A feed of updates on loopback, in real HTTP, whose owner may be an attacker. */
export interface FakeFeed {
  readonly url: URL;
  readonly key: ReturnType<typeof readFeedKey>;
  readonly publicKey: string;
  /** The installer that metadata speaks of by itself. */
  readonly installer: Buffer;
  /** Paths that were asked for, with the range where there was one. */
  readonly asked: readonly string[];
  /** Metadata of one version as a release makes it, changed as the case wants. */
  metadata(change?: Readonly<Record<string, unknown>>): Buffer;
  /** Puts metadata there, signed by the feed’s key unless another is given; null leaves the signature away. */
  offer(bytes: Buffer, signer?: KeyObject | null): void;
  put(name: string, answer: Buffer | string | FeedAnswer): void;
  /** Forgets all that was put, and puts the good release there. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a feed for Linux’ x64 in the channel `stable`, with version 1.1.0 in it. */
export async function startFakeFeed(nowMs: number, size = 400_000): Promise<FakeFeed> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = publicKeyText(privateKey);
  const installer = Buffer.alloc(size, 'an installer that nothing ever runs; ');
  const answers = new Map<string, Buffer | string | FeedAnswer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1));
    asked.push(request.headers.range === undefined ? name : `${name} ${request.headers.range}`);
    const answer = answers.get(name);
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === 'function') answer(request, response);
    else serve(request.headers.range, response, Buffer.from(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  const feed: FakeFeed = {
    url,
    key: readFeedKey(publicKey),
    publicKey,
    installer,
    asked,
    metadata: (change = {}) =>
      Buffer.from(
        stringify({
          product: 'causeway-desktop',
          version: '1.1.0',
          channel: 'stable',
          platform: 'linux',
          releaseDate: new Date(nowMs - dayMs).toISOString(),
          signedAt: new Date(nowMs - dayMs).toISOString(),
          expires: new Date(nowMs + dayMs).toISOString(),
          stagingPercentage: 100,
          releaseNotes: { en: 'Faster.', de: 'Schneller.' },
          files: [fileOf('causeway-1.1.0-linux-x64.AppImage', installer)],
          ...change,
        }),
      ),
    offer(bytes, signer = privateKey) {
      answers.set('latest-linux.yml', bytes);
      if (signer === null) answers.delete('latest-linux.yml.minisig');
      else answers.set('latest-linux.yml.minisig', signBytes(bytes, signer, 'file:latest-linux.yml'));
    },
    put: (name, answer) => void answers.set(name, answer),
    reset() {
      answers.clear();
      asked.length = 0;
      answers.set('causeway-1.1.0-linux-x64.AppImage', installer);
      feed.offer(feed.metadata());
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  feed.reset();
  return feed;
}

/** A file as metadata names it. */
export function fileOf(url: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  return { url, sha512: createHash('sha512').update(bytes).digest('base64'), size: bytes.length, arch: 'x64' };
}

/** Serves bytes, or the rest of them that is asked for (RFC 9110 §14). */
export function serve(range: string | undefined, response: ServerResponse, bytes: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (from > 0 && from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const part = bytes.subarray(from);
  const partRange = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(from === 0 ? 200 : 206, {
    'content-length': part.length,
    ...(from === 0 ? {} : { 'content-range': partRange }),
  });
  response.end(part);
}
