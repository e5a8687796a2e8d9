import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { AuditEntry } from '../../../relay/audit/reading/audit-query.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { exchangeUntilClose } from '../pipeline/raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    more: { audit: { record: { claims: ['email', 'missing'] } } },
    apis: [
      { id: 'orders', name: 'Orders', upstream: echo.url, rules: [{ name: 'read', methods: ['GET', 'HEAD'] }] },
      { id: 'gone', name: 'Gone', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all' }] },
    ],
  });
});
afterAll(async () => {
  await world.close();
  await echo.close();
});

/** Sends a request as it stands; its answer’s length in bytes, and its record once the outcome is there. */
async function sent(api: string, method: string, path: string, headers: Record<string, string> = {}) {
  const bytes = await new Promise<number>((resolve, reject) => {
    const request = httpRequest({ port: world.port(api), method, path, headers, agent: false }, (response) => {
      let length = 0;
      response.on('data', (chunk: Buffer) => (length += chunk.length));
      response.on('end', () => resolve(length));
    });
    request.on('error', reject);
    request.end();
  });
  let entry: AuditEntry | undefined;
  await expect
    .poll(() => {
      [entry] = queryAudit(world.dataDir, { limit: 1 });
      return entry?.outcome?.responseBytes;
    })
    .toBe(bytes);
  return { bytes, record: entry?.record, outcome: entry?.outcome };
}

it('the record of a session holds the claims that the config names, once', async () => {
  await expect
    .poll(() =>
      queryAudit(world.dataDir, { limit: 100 }).flatMap(({ record }) => (record.type === 'session' ? [record] : [])),
    )
    .toMatchObject([{ event: 'opened', claims: { email: 'alice@example.com' } }]);
});

describe('the record of a request', () => {
  it('holds the code and the real size of a refusal by policy', async () => {
    const { bytes, record, outcome } = await sent('orders', 'POST', '/v1/orders?state=open');
    expect(bytes).toBeGreaterThan(100);
    expect(record).toMatchObject({ effect: 'deny', code: 'policy-denied', path: '/v1/orders' });
    expect(outcome).toMatchObject({ code: 'policy-denied', status: 403 });
    expect(JSON.stringify(record)).not.toContain('state');
  });

  it('holds no query of what was refused before its path was read', async () => {
    const { record, outcome } = await sent('orders', 'GET', '/v1/%2e%2e/x?token=hunter2');
    expect(record).toMatchObject({ effect: 'deny', code: outcome?.code, path: '/v1/%2e%2e/x' });
    expect(JSON.stringify(record)).not.toContain('hunter2');
  });

  it('holds the code of a problem that the relay answers with for an API', async () => {
    const { record, outcome } = await sent('gone', 'GET', '/');
    expect(record).toMatchObject({ effect: 'allow' });
    expect(record).not.toHaveProperty('code');
    expect(outcome).toMatchObject({ code: 'upstream-unreachable', status: 502 });
  });

  it('holds code, status and size also for what could not be parsed', async () => {
    const bytes = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n';
    const [answer] = await exchangeUntilClose(world.port('orders'), bytes);
    expect(answer?.status).toBe(400);
    await expect
      .poll(() => queryAudit(world.dataDir, { limit: 1 })[0])
      .toMatchObject({
        record: { type: 'decision', effect: 'deny', code: 'bad-request' },
        outcome: { outcome: 'completed', status: 400, code: 'bad-request', responseBytes: answer?.body.length },
      });
  });

  it('counts no bytes for the answer to HEAD', async () => {
    expect(await sent('gone', 'HEAD', '/')).toMatchObject({ bytes: 0, outcome: { status: 502, responseBytes: 0 } });
  });

  it('holds the user agent, and nothing where there is none', async () => {
    expect((await sent('orders', 'GET', '/', { 'User-Agent': 'curl/8.9.1' })).record).toMatchObject({
      userAgent: 'curl/8.9.1',
    });
    const { record, outcome } = await sent('orders', 'GET', '/');
    for (const field of ['userAgent', 'grant', 'code', 'query']) expect(record).not.toHaveProperty(field);
    expect(outcome).not.toHaveProperty('code');
  });

  it('holds the query values that the config names for the API, and no others', async () => {
    await world.configure((config) => ({
      ...config,
      audit: { record: { claims: [], query: { orders: ['state', 'key'] } } },
    }));
    const target = '/v1?state=open&key=ghp_16C7e42F292c6912&customer=4711';
    expect((await sent('orders', 'GET', target)).record).toMatchObject({
      query: { state: ['open'], key: ['(redacted)'] },
    });
    expect((await sent('gone', 'GET', target)).record).not.toHaveProperty('query');
    expect(echo.requests.at(-1)?.target).toBe(target);
    expect(verifyAudit(world.dataDir).status).toBe('ok');
  });
});
