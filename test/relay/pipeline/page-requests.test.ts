import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    apis: [
      { id: 'usual', name: 'Usual', upstream: echo.url },
      { id: 'linked', name: 'Linked', upstream: echo.url, allow_navigation: true },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

const link = [
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-User: ?1',
];

async function statusOf(api: string, method: string, lines: readonly string[]): Promise<number> {
  const connection = await RawConnection.open(world.port(api));
  try {
    const head = [`${method} /page HTTP/1.1`, `Host: 127.0.0.1:${world.port(api)}`, 'Content-Length: 0', ...lines];
    connection.write(`${head.join('\r\n')}\r\n\r\n`);
    return (await connection.readResponse(method)).status;
  } finally {
    connection.close();
  }
}

describe('a page of another site', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['by a link, without the API’s choice', 'usual', 'GET', link],
    ['by a form', 'linked', 'POST', ['Origin: https://wiki.example', ...link]],
    ['by a form under no-referrer', 'linked', 'POST', ['Origin: null', ...link]],
    ['in a frame', 'linked', 'GET', link.map((line) => line.replace('document', 'iframe'))],
    ['by fetch', 'linked', 'GET', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: empty']],
    ['without a browser’s word', 'usual', 'POST', ['Origin: null']],
  ])('%s gets 403, and the upstream sees nothing', async (_how, api, method, lines) => {
    expect(await statusOf(api, method, lines)).toBe(403);
    expect(echo.requests).toEqual([]);
  });

  it('may lead to a page of an API that allows navigation', async () => {
    expect(await statusOf('linked', 'GET', link)).toBe(200);
    expect(await statusOf('linked', 'HEAD', link)).toBe(200);
  });
});

it('a form of the address’s own page works under Referrer-Policy: no-referrer', async () => {
  const lines = ['Origin: null', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
  expect(await statusOf('usual', 'POST', lines)).toBe(200);
});
