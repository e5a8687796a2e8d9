import { connect, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

let echo: EchoUpstream;
let second: Http2Server;
let secondHeads: IncomingHttpHeaders[];
let world: PipelineWorld;

const reading = { name: 'reading', methods: ['GET', 'POST'] };
const merging = { name: 'merging', methods: ['MERGE'], paths: ['/lists/**'] };

beforeAll(async () => {
  echo = await startEcho({
    answer: ({ request, response }) => {
      const to = request.headers['x-redirect-to'];
      if (typeof to !== 'string') return false;
      response.writeHead(302, { location: to }).end();
      return true;
    },
  });
  secondHeads = [];
  second = createServer((request, response) => {
    secondHeads.push(request.headers);
    response.end('{}');
  });
  second.listen(0, '127.0.0.1');
  await once(second, 'listening');
  const http2 = `http://127.0.0.1:${(second.address() as AddressInfo).port}`;
  const base = { name: 'Echo', upstream: `${echo.url}/base` };
  world = await startPipelineWorld({
    apis: [
      { ...base, id: 'usual', upstream: echo.url },
      { ...base, id: 'static', headers: { Authorization: 'Bearer relay', 'X-Tenant': 'acme', Cookie: 'a=relay' } },
      { ...base, id: 'chosen', drop_headers: ['x-acme-*', 'cookie'], keep_headers: ['x-hasura-*', 'Remote-User'] },
      { ...base, id: 'merging', keep_headers: ['x-http-method'], rules: [reading, merging] },
      { ...base, id: 'named', host: 'files.example:8443', x_forwarded: { proto: 'https', for: 'tunnel' } },
      { ...base, id: 'silent', x_forwarded: 'off' },
      { ...base, id: 'plain', rewrite: { request: false } },
      {
        ...base,
        id: 'redirecting',
        redirect: [{ from: 'https://files.example/a/', to: '/b' }, { from: 'https://files.example' }],
      },
      { id: 'second', name: 'HTTP/2', upstream: http2, protocol: 'http2', host: 'grpc.example' },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
  second.close();
});

beforeEach(() => echo.clear());

const hostOf = (api: string): string => `127.0.0.1:${world.port(api)}`;

async function ask(api: string, lines: readonly string[], requestLine = 'GET /lists/1 HTTP/1.1'): Promise<RawResponse> {
  const connection = await RawConnection.open(world.port(api));
  try {
    connection.write(`${[requestLine, `Host: ${hostOf(api)}`, ...lines].join('\r\n')}\r\n\r\n`);
    return await connection.readResponse();
  } finally {
    connection.close();
  }
}

/** What the upstream got, as lines of lower-case names. */
async function sent(api: string, lines: readonly string[]): Promise<string[]> {
  expect((await ask(api, lines)).status).toBe(200);
  const raw = echo.requests[0]?.rawHeaders ?? [];
  return raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []));
}

const startingWith = (lines: readonly string[], ...names: string[]): string[] =>
  lines.filter((line) => names.includes(line.split(':')[0] ?? ''));

describe('static headers', () => {
  it.each(['X-Tenant', 'x-tenant', 'X-TENANT', 'x_tenant', 'X.Tenant'])('replace the caller’s %s', async (name) => {
    const lines = await sent('static', [`${name}: other`, `${name}: another`]);
    expect(lines.filter((line) => /^x.tenant:/.test(line))).toEqual(['x-tenant: acme']);
  });

  it('replace the caller’s Authorization and Cookie', async () => {
    const lines = await sent('static', ['authorization: Bearer own', 'Cookie: a=own', 'cookie: b=own']);
    expect(startingWith(lines, 'authorization', 'cookie')).toEqual(['authorization: Bearer relay', 'cookie: a=relay']);
  });
});

describe('drop_headers and keep_headers', () => {
  it('take away and let through what they name, in any spelling', async () => {
    const lines = await sent('chosen', [
      'X-Acme-A: 1',
      'X_ACME_B: 1',
      'Cookie: a=b',
      'X-Hasura-Role: r',
      'Remote_User: u',
      'Remote-Groups: g',
    ]);
    expect(lines.filter((line) => /acme|cookie|hasura|remote/.test(line))).toEqual([
      'x-hasura-role: r',
      'remote_user: u',
    ]);
  });

  it('don’t touch a chat server’s own X-User-Id, or Via', async () => {
    const lines = await sent('usual', ['X-User-Id: me', 'X-Auth-Token: t', 'Via: 1.1 proxy']);
    expect(startingWith(lines, 'x-user-id', 'x-auth-token', 'via')).toEqual([
      'x-user-id: me',
      'x-auth-token: t',
      'via: 1.1 proxy',
    ]);
  });
});

describe('a header that asks for another method', () => {
  it.each([
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: delete',
    'x_http_method_override: PUT',
    'X-HTTP-METHOD-OVERRIDE: GET, DELETE',
    'X-HTTP-Method-Override: GET\r\nX-HTTP-Method-Override: DELETE',
    'X-HTTP-Method-Override:',
    'X-Method: PATCH',
    'HTTP-Method-Override: PATCH',
    '_method: DELETE',
  ])('(%j) is 400 and goes no further', async (line) => {
    const answer = await ask('usual', [line]);
    expect([answer.status, String(answer.body)]).toEqual([400, expect.stringContaining('another method')]);
    expect(echo.requests).toEqual([]);
  });

  it('that is the request’s own is left out', async () => {
    const lines = await sent('usual', ['X-HTTP-Method-Override: get']);
    expect(lines.filter((line) => line.includes('override'))).toEqual([]);
  });

  it('is decided on like the method itself where the API keeps it', async () => {
    const post = (path: string, method: string): Promise<RawResponse> =>
      ask('merging', [`X-HTTP-Method: ${method}`, 'Content-Length: 0'], `POST ${path} HTTP/1.1`);
    expect((await post('/other/1', 'MERGE')).status).toBe(403);
    expect((await post('/lists/1', 'DELETE')).status).toBe(403);
    expect((await post('/lists/1', 'TRACE')).status).toBe(400);
    expect((await post('/lists/1', 'MERGE, DELETE')).status).toBe(400);
    expect((await ask('merging', ['X-Method-Override: MERGE'], 'GET /lists/1 HTTP/1.1')).status).toBe(400);
    expect(echo.requests).toEqual([]);
    expect((await post('/lists/1', 'MERGE')).status).toBe(200);
    expect(echo.requests).toMatchObject([{ method: 'POST', headers: { 'x-http-method': 'MERGE' } }]);
    expect(world.decisions(1)[0]?.record.reason).toContain('MERGE /lists/1');
  });
});

describe('Host and X-Forwarded', () => {
  const told = ['host', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for'];

  it('name the upstream and the local address by default', async () => {
    const lines = startingWith(await sent('usual', ['X-Forwarded-For: 1.2.3.4']), ...told);
    expect(lines.toSorted()).toEqual([
      `host: ${new URL(echo.url).host}`,
      `x-forwarded-host: ${hostOf('usual')}`,
      'x-forwarded-proto: http',
    ]);
  });

  it('are as the API’s host and x_forwarded say', async () => {
    const lines = startingWith(await sent('named', ['X-Forwarded-For: 1.2.3.4']), ...told);
    expect(lines.toSorted()).toEqual([
      'host: files.example:8443',
      'x-forwarded-for: 127.0.0.1',
      `x-forwarded-host: ${hostOf('named')}`,
      'x-forwarded-proto: https',
    ]);
  });

  it('are left out where x_forwarded is off, the caller’s too', async () => {
    const lines = await sent('silent', [
      'X-Forwarded-For: 1.2.3.4',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Proto: https',
    ]);
    expect(lines.filter((line) => line.includes('x-forwarded'))).toEqual([]);
  });

  it('go as :authority over HTTP/2', async () => {
    const session = connect(`http://${hostOf('second')}`);
    const stream = session.request({ ':path': '/x' });
    await once(stream, 'response');
    stream.close();
    session.close();
    expect(secondHeads).toMatchObject([{ ':authority': 'grpc.example' }]);
    expect(secondHeads[0]?.host).toBeUndefined();
  });
});

describe('a request that names the local address', () => {
  it('names the upstream’s instead: Origin, Referer, and X-Forwarded with them', async () => {
    const local = `http://${hostOf('usual')}`;
    const lines = await sent('usual', [`Origin: ${local}`, `Referer: ${local}/page?a=b`]);
    expect(startingWith(lines, 'origin', 'referer', 'x-forwarded-host', 'x-forwarded-proto')).toEqual([
      `origin: ${echo.url}`,
      `referer: ${echo.url}/page?a=b`,
      `x-forwarded-host: ${new URL(echo.url).host}`,
      'x-forwarded-proto: http',
    ]);
  });

  it('names the upstream by its host, scheme and path', async () => {
    const local = `http://${hostOf('named')}`;
    const lines = await sent('named', [`Origin: ${local}`, `Referer: ${local}/page`]);
    expect(startingWith(lines, 'origin', 'referer', 'x-forwarded-host', 'x-forwarded-proto')).toEqual([
      'origin: https://files.example:8443',
      'referer: https://files.example:8443/base/page',
      'x-forwarded-host: files.example:8443',
      'x-forwarded-proto: https',
    ]);
  });

  it('stays as it came where the API wants that, and where it names something else', async () => {
    const local = `http://${hostOf('plain')}`;
    expect(startingWith(await sent('plain', [`Origin: ${local}`, `Referer: ${local}/p`]), 'origin', 'referer')).toEqual(
      [`origin: ${local}`, `referer: ${local}/p`],
    );
    echo.clear();
    const lines = await sent('usual', ['Referer: http://wiki.example/', 'Sec-Fetch-Site: same-origin', 'Origin: null']);
    expect(startingWith(lines, 'origin', 'referer')).toEqual(['referer: http://wiki.example/', 'origin: null']);
  });

  it('isn’t taken for one that begins alike', async () => {
    const other = `Referer: http://${hostOf('usual')}1/p`;
    expect(startingWith(await sent('usual', [other]), 'referer')).toEqual([other.replace('Referer', 'referer')]);
  });

  it('is rewritten for WebSockets, too', async () => {
    const local = `http://${hostOf('usual')}`;
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    const answer = await ask('usual', ['Connection: Upgrade', 'Upgrade: websocket', `Origin: ${local}`, ...key]);
    expect(answer.status).toBe(101);
    expect(echo.requests).toMatchObject([{ upgrade: true, headers: { origin: echo.url } }]);
  });
});

describe('what a browser says of a page', () => {
  it.each([
    ['Origin: http://HOST', 'Origin: http://HOST'],
    ['Origin: http://HOST', 'origin: https://evil.example'],
    ['Origin: null', 'Origin: http://HOST'],
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: same-origin'],
    ['Sec-Fetch-Site: none', 'sec-fetch-site: cross-site'],
    ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Mode: cors'],
    ['Sec-Fetch-Dest: document', 'Sec-Fetch-Dest: iframe'],
    ['Sec-Fetch-User: ?1', 'Sec-Fetch-User: ?1'],
  ])('is refused when said twice: %s, %s', async (...lines) => {
    const answer = await ask(
      'usual',
      lines.map((line) => line.replace('HOST', hostOf('usual'))),
    );
    expect(answer.status).toBe(400);
    expect(echo.requests).toEqual([]);
  });
});

describe('redirect rules', () => {
  it.each([
    ['https://files.example/a/x?y=z', '/b/x?y=z'],
    ['https://files.example/a', '/b/'],
    ['https://files.example/ab', '/ab'],
    ['https://files.example', '/'],
    ['HTTPS://FILES.EXAMPLE:443/c#d', '/c#d'],
  ])('lead %s to the local %s', async (location, path) => {
    const { headers } = await ask('redirecting', [`X-Redirect-To: ${location}`]);
    expect(headers['location']).toBe(`http://${hostOf('redirecting')}${path}`);
  });

  it.each([
    'http://files.example/a',
    'https://files.example:8443/',
    'https://other.example/a',
    'https://files.example.evil/',
  ])('leave %s alone', async (location) => {
    expect((await ask('redirecting', [`X-Redirect-To: ${location}`])).headers['location']).toBe(location);
  });
});
