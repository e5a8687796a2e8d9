import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

/** An upstream that, against the spirit of HTTP/2, takes whoever has signed in on a connection for all that follows. */
interface SigningIn {
  readonly server: Http2Server;
  readonly url: string;
  connections(): number;
}

const servers: SigningIn[] = [];
let world: PipelineWorld;
let bob: HeadlessClient;
const bobsPorts = new Map<string, number>();

async function startSigningIn(announce: Record<string, string>): Promise<SigningIn> {
  const people = new WeakMap<object, string>();
  let connections = 0;
  const server = createServer();
  server.on('session', (session) => {
    connections += 1;
    session.on('error', () => session.destroy());
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => stream.destroy());
    const { session } = stream;
    if (session === undefined) return;
    if (headers[':path'] === '/required') {
      stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
      return;
    }
    const signsIn = /^Negotiate (\w+)$/.exec(headers.authorization ?? '')?.[1];
    if (signsIn !== undefined) people.set(session, signsIn);
    const person = people.get(session);
    if (person === undefined) stream.respond({ ':status': 401, 'www-authenticate': 'Negotiate' });
    else stream.respond({ ':status': 200, ...announce });
    stream.end(person === undefined ? 'who' : `hello ${person}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const started = {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
  servers.push(started);
  return started;
}

beforeAll(async () => {
  const [fresh, known, refuses] = [
    await startSigningIn({ 'persistent-auth': 'true' }),
    await startSigningIn({}),
    await startSigningIn({}),
  ];
  const protocol = 'http2' as const;
  world = await startPipelineWorld({
    apis: [
      { id: 'fresh', name: 'Nothing known yet', upstream: fresh.url, protocol },
      { id: 'known', name: 'Known', upstream: known.url, protocol },
      { id: 'refuses', name: 'Without', upstream: refuses.url, protocol, connection_auth: 'refuse' },
    ],
  });
  bob = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'bob' })),
  });
  const { id } = await bob.signIn(world.relayUrl);
  for (const api of ['fresh', 'known']) bobsPorts.set(api, (await bob.connect(id, api)).port);
});

afterAll(async () => {
  await bob.close();
  await world.close();
  await Promise.all(
    servers.map(async ({ server }) => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    }),
  );
});

async function ask(connection: RawConnection, authorization?: string, path = '/who'): Promise<RawResponse> {
  const { remotePort } = connection.socket;
  const more = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  connection.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${remotePort}\r\n${more}\r\n`);
  return connection.readResponse();
}

describe('an API of HTTP/2 that signs people in to the connection', () => {
  it.each(['fresh', 'known'])('answers nobody else on it (%s)', async (api) => {
    const alices = await RawConnection.open(world.port(api));
    if (api === 'known') expect((await ask(alices)).status).toBe(401);
    expect((await ask(alices, 'Negotiate alice')).body.toString()).toBe('hello alice');
    const others = [bobsPorts.get(api) ?? 0, world.port(api), bobsPorts.get(api) ?? 0];
    for (const port of others) {
      const other = await RawConnection.open(port);
      const answer = await ask(other);
      expect([answer.status, answer.body.toString()]).toEqual([401, 'who']);
      expect((await ask(other, 'Negotiate other')).body.toString()).toBe('hello other');
      expect((await ask(other)).body.toString()).toBe('hello other');
      other.close();
    }
    expect((await ask(alices)).body.toString()).toBe('hello alice');
    alices.close();
  });

  it('gives up the connection that all shared once an answer says what it is', async () => {
    const upstream = servers[1];
    const first = await RawConnection.open(world.port('known'));
    const before = upstream?.connections() ?? 0;
    expect((await ask(first)).status).toBe(401);
    expect((await ask(first)).status).toBe(401);
    expect(upstream?.connections()).toBe(before + 1);
    first.close();
  });

  it('with connection_auth: refuse, is never signed in to', async () => {
    const connection = await RawConnection.open(world.port('refuses'));
    expect((await ask(connection, 'Negotiate alice')).status).toBe(403);
    connection.close();
    const next = await RawConnection.open(world.port('refuses'));
    expect((await ask(next)).status).toBe(401);
    next.close();
  });

  it('that asks for HTTP/1.1 is said to do so', async () => {
    const connection = await RawConnection.open(world.port('known'));
    const answer = await ask(connection, undefined, '/required');
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      code: 'upstream-protocol',
      detail: expect.stringContaining('HTTP/1.1 only, as for NTLM or Negotiate (HTTP_1_1_REQUIRED)') as string,
    });
    connection.close();
  });
});
