import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

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
    await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 30_000, interval: 50 });
    expect((await call('POST', '/after')).status).toBe(200);
    expect(echo.requests.map(({ target }) => target)).toEqual(['/after']);
    const records = queryAudit(world.dataDir, { limit: 10 }).map(({ record }) => record);
    expect(records.some((record) => record.type === 'relay' && record.event === 'audit-recovered')).toBe(true);
    expect(verifyAudit(world.dataDir).status).toBe('ok');
  });
});
