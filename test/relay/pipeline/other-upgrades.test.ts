import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';
import { startHijackUpstream, type HijackUpstream } from './start-hijack-upstream.ts';

let upstream: HijackUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  upstream = await startHijackUpstream();
  const api = { name: 'Containers', upstream: upstream.url, upgrades: ['websocket', 'SPDY/3.1', 'tcp'] as const };
  const upgrades = [...api.upgrades];
  world = await startPipelineWorld({
    apis: [
      { ...api, id: 'all', upgrades },
      { ...api, id: 'plain', upgrades: ['websocket'] },
      { ...api, id: 'none', upgrades: [] },
      { ...api, id: 'small', upgrades, max_body_bytes: 10 },
      { ...api, id: 'reading', upgrades, rules: [{ name: 'reading', methods: ['GET'] }] },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await upstream.close();
});

beforeEach(() => upstream.clear());

function ask(api: string, line: string, protocol: string, lines: readonly string[] = [], body = ''): string {
  const head = [
    `${line} HTTP/1.1`,
    `Host: 127.0.0.1:${world.port(api)}`,
    'Connection: Upgrade',
    `Upgrade: ${protocol}`,
  ];
  return `${[...head, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

async function open(api: string, bytes: string): Promise<RawConnection> {
  const connection = await RawConnection.open(world.port(api));
  connection.write(bytes);
  return connection;
}

const json = ['Content-Type: application/json', 'Content-Length: 13'];
const exec = '{"Detach":no}';

describe('an API that takes SPDY/3.1 and tcp', () => {
  it.each<[string, string, string, readonly string[], string]>([
    ['kubectl’s way', 'POST /echo', 'SPDY/3.1', [], ''],
    ['by GET', 'GET /echo', 'SPDY/3.1', [], ''],
    ['in other letters', 'POST /echo', 'Tcp', [], ''],
    ['Docker’s way, with a body', 'POST /echo', 'tcp', json, exec],
  ])('switches, %s', async (_how, line, protocol, lines, body) => {
    const connection = await open('all', `${ask('all', line, protocol, lines, body)}early `);
    const answer = await connection.readResponse();
    expect(answer.status).toBe(101);
    expect(answer.headers['upgrade']).toBe(protocol.replace('Tcp', 'tcp'));
    expect(answer.headers['content-type']).toBe('application/vnd.docker.raw-stream');
    connection.write('later');
    await connection.waitForText('early later');
    const method = line.split(' ')[0];
    expect(upstream.switched).toMatchObject([{ method, target: '/echo', body: body === '' ? '' : exec }]);
    // The caller has nothing more to say, and still reads.
    connection.socket.end();
    await connection.waitForText('early laterend');
    expect(await connection.ended()).toBe('end');
    await expect
      .poll(() => world.decisions(1)[0])
      .toMatchObject({
        record: { effect: 'allow', method, path: '/echo' },
        outcome: { outcome: 'completed', status: 101, requestBytes: (body === '' ? 0 : 13) + 11, responseBytes: 14 },
      });
  });

  it('gets a body that comes later, and asks for it where the caller waits', async () => {
    const connection = await open('all', ask('all', 'POST /echo', 'tcp', [...json, 'Expect: 100-continue']));
    expect((await connection.readResponse()).status).toBe(100);
    connection.write(exec.slice(0, 5));
    connection.write(`${exec.slice(5)}first`);
    expect((await connection.readResponse()).status).toBe(101);
    await connection.waitForText('first');
    expect(upstream.switched).toMatchObject([{ body: exec }]);
    connection.close();
    await expect.poll(() => upstream.switched[0]?.ended.at(-1)).toBe('closed');
  });

  it.each<[string, number, string]>([
    ['/403', 403, 'never'],
    ['/raw', 200, 'output'],
  ])('may refuse to: %s arrives as it is', async (path, status, body) => {
    const connection = await open('all', ask('all', `POST ${path}`, 'tcp', json, exec));
    const answer = await connection.readResponse();
    expect([answer.status, answer.body.toString()]).toEqual([status, body]);
    expect(await connection.ended()).toBe('end');
    await expect.poll(() => world.decisions(1)[0]).toMatchObject({ outcome: { outcome: 'completed', status } });
  });

  it('may end first: its last words arrive, and the connection ends on both sides', async () => {
    const connection = await open('all', ask('all', 'POST /first', 'tcp'));
    expect((await connection.readResponse()).status).toBe(101);
    expect(await connection.ended()).toBe('end');
    expect(connection.received.toString()).toBe('bye');
    await expect.poll(() => upstream.switched[0]?.ended.at(-1)).toBe('closed');
    await expect.poll(() => world.decisions(20)[0]?.outcome).toMatchObject({ outcome: 'completed', responseBytes: 3 });
    connection.close();
  });

  it.each([
    ['a reset of the caller’s', (connection: RawConnection) => connection.socket.resetAndDestroy()],
    ['its caller’s close', (connection: RawConnection) => connection.close()],
  ])('learns of %s', async (_what, leave) => {
    const connection = await open('all', ask('all', 'POST /echo', 'tcp', [], 'x'));
    await connection.waitForText('x');
    leave(connection);
    await expect.poll(() => upstream.switched[0]?.ended.at(-1)).toBe('closed');
    await expect.poll(() => world.decisions(20)[0]?.outcome).toMatchObject({ status: 101, requestBytes: 1 });
  });

  it('answers Node’s own client', async () => {
    const request = httpRequest({
      port: world.port('all'),
      method: 'POST',
      path: '/echo',
      headers: { Connection: 'Upgrade', Upgrade: 'tcp', 'Content-Length': exec.length },
    });
    request.end(exec);
    const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
    socket.setEncoding('utf8');
    socket.end('ls\n');
    let output = '';
    for await (const text of socket) output += String(text);
    expect(output).toBe('ls\nend');
  });

  it.each<[string, string, string, number, readonly string[], string]>([
    ['a WebSocket by POST', 'all', 'websocket', 400, [], ''],
    ['what the rules forbid', 'reading', 'tcp', 403, [], ''],
    ['a body that is too large', 'small', 'tcp', 413, json, exec],
    ['a body above 1 MiB', 'all', 'tcp', 413, ['Content-Length: 1048577'], 'x'],
    ['chunks', 'all', 'tcp', 400, ['Transfer-Encoding: chunked'], `d\r\n${exec}\r\n0\r\n\r\n`],
    ['malformed chunks', 'all', 'tcp', 400, ['Transfer-Encoding: chunked'], 'zz\r\nhello'],
    ['a transfer coding', 'all', 'tcp', 400, ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
  ])('never sees %s', async (_what, api, protocol, status, lines, body) => {
    const connection = await open(api, ask(api, 'POST /echo', protocol, lines, body));
    expect((await connection.readResponse()).status).toBe(status);
    expect(await connection.ended()).toBe('end');
    expect(upstream.switched).toEqual([]);
  });

  it('sees the end of a caller that leaves inside the body as nothing at all', async () => {
    const connection = await open('all', ask('all', 'POST /echo', 'tcp', json, exec.slice(1)));
    await expect.poll(() => world.decisions(1)[0]?.record.effect).toBe('allow');
    connection.close();
    await expect.poll(() => world.decisions(1)[0]?.outcome?.outcome).toBe('aborted');
    expect(upstream.switched).toEqual([]);
  });
});

describe('an upgrade that the API doesn’t take', () => {
  it.each([
    ['plain', 'tcp'],
    ['plain', 'SPDY/3.1'],
    ['none', 'websocket'],
    ['none', 'tcp'],
    ['all', 'h2c'],
    ['all', 'TLS/1.0'],
    ['all', 'tcp, websocket'],
    ['all', 'spdy/3.1, h2c'],
    ['all', ''],
  ])('is an ordinary request without it: %s, “%s”', async (api, protocol) => {
    const connection = await open(api, ask(api, 'POST /echo', protocol, json, exec));
    expect((await connection.readResponse()).body.toString()).toBe('ordinary');
    expect(upstream.ordinary).toEqual([{ method: 'POST', upgrade: undefined }]);
    connection.close();
  });
});

it('a policy that changes ends switched connections, on both sides', async () => {
  const connection = await open('all', ask('all', 'POST /echo', 'tcp'));
  expect((await connection.readResponse()).status).toBe(101);
  const deny = [{ name: 'nobody', groups: [] }];
  await world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => (api.id === 'all' ? { ...api, rules: deny } : api)),
  }));
  await connection.ended();
  await expect.poll(() => upstream.switched[0]?.ended.at(-1)).toBe('closed');
  await expect.poll(() => world.decisions()[0]?.outcome).toMatchObject({ outcome: 'aborted', status: 101 });
});
