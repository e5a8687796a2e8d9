import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
const waiting: (() => void)[] = [];

beforeAll(async () => {
  echo = await startEcho({
    answer: async ({ response }, { target }) => {
      if (!target.startsWith('/files/slow')) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
      response.end('late');
      return true;
    },
  });
  const keep = ['x-http-method-override'];
  world = await startPipelineWorld({ apis: [{ id: 'files', name: 'Files', upstream: echo.url, keep_headers: keep }] });
});

afterAll(async () => {
  for (const goOn of waiting) goOn();
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

const open = { name: 'everybody', groups: ['*'] };

async function setRules(rules: readonly object[]): Promise<void> {
  await world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => ({ ...api, rules: rules as NonNullable<typeof api.rules> })),
  }));
}

function head(lines: readonly string[]): string {
  const [line = '', ...more] = lines;
  return `${[`${line} HTTP/1.1`, `Host: 127.0.0.1:${world.port('files')}`, ...more].join('\r\n')}\r\n\r\n`;
}

describe('a request under way, when the policy changes', () => {
  const denyDelete = { name: 'no-deleting', effect: 'deny', methods: ['DELETE'] };
  const denyArchive = { name: 'archive', effect: 'deny', paths: ['/files/archive/**'] };
  it.each<[string, readonly string[], object, boolean]>([
    ['its method', ['DELETE /files/slow'], denyDelete, true],
    ['another method', ['PUT /files/slow', 'Content-Length: 0'], denyDelete, false],
    [
      'the method that a kept header asks for',
      ['POST /files/slow', 'Content-Length: 0', 'X-HTTP-Method-Override: DELETE'],
      denyDelete,
      true,
    ],
    ['the path that it copies to', ['COPY /files/slow', 'Destination: /files/archive/a'], denyArchive, true],
    ['another path', ['COPY /files/slow', 'Destination: /files/b'], denyArchive, false],
  ])('that denies %s ends where it asks for that', async (_what, lines, deny, ends) => {
    await setRules([open]);
    const connection = await RawConnection.open(world.port('files'));
    connection.write(head(lines));
    await expect.poll(() => echo.requests.length).toBe(1);
    await setRules([open, deny]);
    if (ends) {
      await connection.ended();
      expect(connection.received.length).toBe(0);
      await expect.poll(() => world.decisions(20)[0]?.outcome?.outcome).toBe('aborted');
      expect(world.decisions(20)[0]?.outcome?.detail).toContain('The policy changed');
    } else {
      waiting.at(-1)?.();
      expect((await connection.readResponse()).status).toBe(200);
      connection.close();
    }
  });
});

it('an upgrade behind an answer whose caller has left reaches no API, is recorded as aborted, and ends no relay', async () => {
  await setRules([open]);
  const connection = await RawConnection.open(world.port('files'));
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  connection.write(head(['GET /files/slow']) + head(['GET /files/socket', ...upgrade, key]));
  await expect.poll(() => echo.requests.length).toBe(1);
  connection.socket.resetAndDestroy();
  await expect
    .poll(() =>
      world
        .decisions(20)
        .slice(0, 2)
        .map(({ record, outcome }) => [record.path, outcome?.outcome]),
    )
    .toEqual([
      ['/files/socket', 'aborted'],
      ['/files/slow', 'unknown'],
    ]);
  expect(echo.requests).toMatchObject([{ target: '/files/slow' }]);
});
