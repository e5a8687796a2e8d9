import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

const rules = [
  { name: 'files', paths: ['/files/**'] },
  { name: 'archive-is-kept', effect: 'deny' as const, methods: ['MOVE', 'PUT'], paths: ['/files/archive/**'] },
];

beforeAll(async () => {
  echo = await startEcho();
  const api = { name: 'Files', upstream: `${echo.url}/dav`, rules };
  world = await startPipelineWorld({
    apis: [
      { ...api, id: 'files' },
      { ...api, id: 'plain', rewrite: { request: false } },
      { ...api, id: 'named', host: 'dav.example', x_forwarded: { proto: 'https' } },
      { ...api, id: 'kept', keep_headers: ['destination', 'x-http-method-override'] },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

const localOf = (api: string): string => `http://127.0.0.1:${world.port(api)}`;

async function statusOf(api: string, method: string, lines: readonly string[]): Promise<number> {
  const connection = await RawConnection.open(world.port(api));
  try {
    const head = [`${method} /files/a HTTP/1.1`, `Host: 127.0.0.1:${world.port(api)}`, ...lines];
    connection.write(`${head.join('\r\n')}\r\n\r\n`);
    return (await connection.readResponse()).status;
  } finally {
    connection.close();
  }
}

async function sent(api: string, method: string, name: string, value: string): Promise<unknown> {
  echo.clear();
  expect(await statusOf(api, method, [`${name}: ${value}`])).toBe(200);
  return echo.requests[0]?.headers[name.toLowerCase()];
}

describe('a MOVE or COPY', () => {
  it.each([
    ['another server', 'http://evil.example/files/b'],
    ['another port of this computer', 'http://127.0.0.1:1/files/b'],
    ['another name of this computer', 'http://localhost/files/b'],
    ['a user name before the host', 'http://me@LOCAL/files/b'],
    ['a scheme-relative address', '//evil.example/files/b'],
    ['a path that climbs', 'http://LOCAL/files/x/../archive/b'],
    ['a path that climbs, encoded', 'http://LOCAL/files/%2e%2e/archive/b'],
    ['a path with an encoded slash', '/files/x%2F..%2Farchive'],
    ['an empty segment', 'http://LOCAL/files//archive/b'],
    ['a backslash', 'http://LOCAL/files\\archive'],
    ['a relative path', 'archive/b'],
    ['a fragment', 'http://LOCAL/files/b#c'],
    ['another scheme', 'file:///files/b'],
    ['nothing', ''],
    ['the upstream’s other folders', 'UPSTREAM/other/b'],
    ['the upstream’s folder by a name that begins alike', 'UPSTREAM/dav2/files/b'],
  ])('to %s is 400, and the upstream sees nothing', async (_what, destination) => {
    const value = destination.replace('LOCAL', localOf('files').slice(7)).replace('UPSTREAM', echo.url);
    for (const method of ['MOVE', 'COPY']) expect(await statusOf('files', method, [`Destination: ${value}`])).toBe(400);
    expect(echo.requests).toEqual([]);
  });

  it('with two Destinations is 400', async () => {
    const lines = ['/files/b', '/files/archive/b'].map((path) => `Destination: ${localOf('files')}${path}`);
    expect(await statusOf('files', 'MOVE', lines)).toBe(400);
    expect(echo.requests).toEqual([]);
  });

  it.each(['/files/archive/b', '/files/Archive/b', '/files/%61rchive/b', '/files/archive%20/b', '/secrets/b', '/'])(
    'to %s, which rules don’t allow it, is denied by them',
    async (path) => {
      for (const start of [localOf('files'), '', `${echo.url}/dav`])
        expect(await statusOf('files', 'MOVE', [`Destination: ${start}${path}`])).toBe(403);
      expect(echo.requests).toEqual([]);
      const [newest] = world.decisions(1);
      expect(newest?.record).toMatchObject({ effect: 'deny', method: 'MOVE', path: '/files/a' });
      expect(newest?.record.reason).toContain('MOVE /');
    },
  );

  it('is decided by its own method at the destination', async () => {
    expect(await statusOf('files', 'COPY', [`Destination: ${localOf('files')}/files/archive/b`])).toBe(200);
    expect(world.decisions(1)[0]?.record.reason).toContain('COPY /files/archive/b');
  });

  it('names the upstream’s address, and the path that was decided on', async () => {
    const move = (api: string, value: string): Promise<unknown> => sent(api, 'MOVE', 'Destination', value);
    expect(await move('files', `${localOf('files')}/files/%62%20c?d`)).toBe(`${echo.url}/dav/files/b%20c?d`);
    expect(await move('files', '/files/b')).toBe('/dav/files/b');
    expect(await move('files', `${echo.url}/dav/files/b`)).toBe(`${echo.url}/dav/files/b`);
    expect(await move('named', `${localOf('named')}/files/b`)).toBe('https://dav.example/dav/files/b');
    expect(await move('plain', `${localOf('plain')}/files/%62`)).toBe(`${localOf('plain')}/files/b`);
  });

  it('by a kept method override is looked at like one', async () => {
    const lines = ['X-HTTP-Method-Override: MOVE', 'Content-Length: 0'];
    const to = (path: string): string[] => [...lines, `Destination: ${localOf('kept')}${path}`];
    expect(await statusOf('kept', 'POST', to('/files/archive/b'))).toBe(403);
    expect(await statusOf('kept', 'POST', to('/files/x/../archive/b'))).toBe(400);
    expect(echo.requests).toEqual([]);
    expect(await statusOf('kept', 'POST', to('/files/b'))).toBe(200);
    expect(echo.requests[0]?.headers['destination']).toBe(`${echo.url}/dav/files/b`);
  });
});

it('a Destination of another method is dropped, or passes as it is where the API keeps it', async () => {
  expect(await sent('files', 'GET', 'Destination', 'warehouse 5')).toBeUndefined();
  expect(await sent('kept', 'GET', 'Destination', 'warehouse 5')).toBe('warehouse 5');
});

it('the addresses in If name the upstream, its tokens stay', async () => {
  const local = localOf('files');
  const value = `<${local}/files/a> (<opaquelocktoken:1> [W/"x"]) <${local}/files/b> (Not <${local}/token>) <http://other.example/> (<a:b>)`;
  expect(await sent('files', 'PUT', 'If', value)).toBe(
    `<${echo.url}/dav/files/a> (<opaquelocktoken:1> [W/"x"]) <${echo.url}/dav/files/b> (Not <${local}/token>) <http://other.example/> (<a:b>)`,
  );
});
