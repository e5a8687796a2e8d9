import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { waitUntil } from '../../support/wait-for.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
/** The relay has ended, which it never should. */
let hasEnded = false;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    separate: true,
    apis: [
      {
        id: 'echo',
        name: 'Echo',
        upstream: echo.url,
        rules: [
          { name: 'all', groups: ['*'] },
          { name: 'not-here', effect: 'deny', groups: ['*'], paths: ['/denied'] },
        ],
      },
    ],
  });
  void world.process?.exited.then(() => (hasEnded = true));
});

beforeEach(({ onTestFailed }) => {
  // A relay that ended says here what for.
  onTestFailed(() => {
    const lastWords = world.process?.log.slice(-30).map((line) => JSON.stringify(line)) ?? [];
    process.stderr.write(`${lastWords.join('\n')}\n`);
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

/** A limit of the file size makes each of the relay's writes to the audit fail in the kernel, until it is lifted. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(world.process?.pid), `--fsize=${bytes}:unlimited`]);
}

async function call(method: string, path: string): Promise<RawResponse> {
  const connection = await RawConnection.open(world.port('echo'));
  try {
    connection.write(
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\nContent-Length: 0\r\n\r\n`,
    );
    return await connection.readResponse(method);
  } finally {
    connection.close();
  }
}

interface FirstRequest {
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const webSocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function statusOfHttp1({ method, body, headers = {} }: FirstRequest, target: string): Promise<number> {
  const connection = await RawConnection.open(world.port('echo'));
  try {
    const fields = { Host: `127.0.0.1:${world.port('echo')}`, ...headers };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    if (body !== undefined) lines.push(`Content-Length: ${body.length}\r\n`);
    connection.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
    return (await connection.readResponse(method)).status;
  } finally {
    connection.close();
  }
}

async function statusOfHttp2({ method, body }: FirstRequest, target: string): Promise<number> {
  const session = connect(`http://127.0.0.1:${world.port('echo')}`);
  try {
    const stream = session.request({ ':method': method, ':path': target }, { endStream: body === undefined });
    const answered = once(stream, 'response');
    if (body !== undefined) stream.end(body);
    const [headers] = (await answered) as [Record<string, unknown>];
    return Number(headers[':status']);
  } finally {
    session.destroy();
  }
}

const ready = (): Promise<unknown> =>
  waitUntil(async () => {
    if (hasEnded) throw new Error('The relay has ended.');
    // A kept connection may end just as it is used again.
    return (await readiness().catch(() => 0)) === 200;
  });

const readiness = async (): Promise<number> => (await fetch(`${world.relayUrl}/readyz`)).status;

describe.runIf(process.platform === 'linux')('while the audit can’t be written', () => {
  it('no answer of the API leaves, nothing unsafe reaches it, and all of it works again afterwards', async () => {
    expect((await call('POST', '/before')).status).toBe(200);
    echo.clear();
    limitFiles(4096);

    // The first request finds out: safe, so it may have been sent, but its answer stays inside.
    const first = await call('GET', '/found-out');
    expect(first.status).toBe(503);
    expect(JSON.parse(first.body.toString())).toMatchObject({ code: 'audit-unavailable', status: 503 });
    expect(first.body.toString()).not.toContain('rawHeaders');
    expect(echo.requests.every(({ target }) => target === '/found-out')).toBe(true);

    echo.clear();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'GET', 'HEAD', 'OPTIONS']) {
      expect([method, (await call(method, '/refused')).status]).toEqual([method, 503]);
    }
    // A denial, too, must be on record before it is told.
    expect((await call('GET', '/denied')).status).toBe(503);
    expect(echo.requests).toEqual([]);
    expect(await readiness()).toBe(503);

    limitFiles('unlimited');
    await ready();
    expect((await call('POST', '/after')).status).toBe(200);
    expect(echo.requests.map(({ target }) => target)).toEqual(['/after']);
    const records = queryAudit(world.dataDir, { limit: 10 }).map(({ record }) => record);
    expect(records.some((record) => record.type === 'relay' && record.event === 'audit-recovered')).toBe(true);
    expect(verifyAudit(world.dataDir).status).toBe('ok');
  });

  const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'];
  // What is safe isn't any more when it brings something along.
  const withBody = [...unsafe, 'GET', 'OPTIONS'];
  const firstRequests: readonly (readonly [what: string, request: FirstRequest, send: typeof statusOfHttp1])[] = [
    ...unsafe.map((method) => [`${method} without a body`, { method }, statusOfHttp1] as const),
    ...withBody.map((method) => [`${method} with a body`, { method, body: '{}' }, statusOfHttp1] as const),
    ...unsafe.map((method) => [`HTTP/2 ${method} without a body`, { method }, statusOfHttp2] as const),
    ...withBody.map((method) => [`HTTP/2 ${method} with a body`, { method, body: '{}' }, statusOfHttp2] as const),
    ['GET that upgrades', { method: 'GET', headers: webSocket }, statusOfHttp1],
  ];

  it.each(firstRequests)('nothing of the request that finds out reaches the API: %s', async (_what, request, send) => {
    await ready();
    expect((await call('POST', '/before')).status).toBe(200);
    echo.clear();
    limitFiles(4096);
    try {
      expect(await send(request, '/found-out')).toBe(503);
      expect(echo.requests).toEqual([]);
    } finally {
      limitFiles('unlimited');
    }
    await ready();
    // What was still under way would be here by now.
    expect((await call('POST', '/after')).status).toBe(200);
    expect(echo.requests.map(({ target }) => target)).toEqual(['/after']);
  });
});
