import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openForReading } from '../../../relay/audit/open-audit.ts';
import { canonicalPath, type PathForm } from '../../../shared/canonical-path.ts';
import { startPipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

/** What came of a run; `disagreements` holds the first few requests whose path wasn’t the same everywhere. */
export interface PathAgreement {
  readonly requests: number;
  readonly forwarded: number;
  readonly denied: number;
  readonly refused: number;
  readonly disagreements: readonly string[];
  readonly requestsPerSecond: number;
}

/** A request as sent, and what its answer said. */
interface Sent {
  readonly method: string;
  readonly target: string;
  readonly response: RawResponse;
}

const connections = 24;
const batch = 20_000;
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const parts = [
  'open',
  'admin',
  'ADMIN',
  'Admin',
  '%61dmin',
  'adm%69n',
  'a',
  'caf%C3%A9',
  '%e2%82%ac',
  'x.y',
  'x..y',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '%252e%252e',
  'a%2fadmin',
  'a%2Fb',
  '%5c..',
  ';x=1',
  'a;x=1',
  'admin%00',
  '%c0%ae',
  '%zz',
  '%',
  '~a',
  '%7Ea',
  "!$&'()*+,=:@",
  '[a]',
  'a|b',
  '%EF%BC%8Fadmin',
  'a%20b',
  '',
  '%09',
  '\\admin',
  'a%252Fb',
  'a%5Cb',
  'a%EF%BC%9Fb',
];
const usual = ['open', 'a', 'v1', 'x.y', 'b-c', '%7Ea', 'caf%c3%a9', 'adm%69n'];
const queries = ['', '', '', '?a=1', '?path=/admin/../x', '?%zz', '?a?b', '?/../admin'];
const lures = [
  '',
  'X-Original-URL: /open/lured\r\n',
  'X-Rewrite-URL: /open/lured\r\n',
  'X_Forwarded_Prefix: /lured\r\n',
  'Connection: x-causeway-request-id\r\n',
];

/** Numbers below 1 from a seed (mulberry32), so that a disagreement can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Sends generated requests through listener, tunnel and relay, and compares for each the path that policy decided on and
 * the audit recorded with the bytes that the upstream received and with the canonical form of what was sent.
 */
export async function runPathAgreement(options: {
  requests: number;
  seed: number;
  /** What the API asks for; which rule holds is then taken from the audit, and only the paths are compared. */
  allow?: readonly PathForm[];
}): Promise<PathAgreement> {
  const { allow = [] } = options;
  const random = randomFrom(options.seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const received = new Map<string, { method: string; target: string; lured: boolean }>();
  const upstream = createServer((request, response) => {
    const id = String(request.headers['x-causeway-request-id']);
    const lured = request.rawHeaders.some((text) => text.includes('lured') || /override/i.test(text));
    received.set(id, { method: request.method ?? '', target: request.url ?? '', lured });
    response.writeHead(200, { 'Content-Length': 0, 'X-Id': id }).end();
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const world = await startPipelineWorld({
    apis: [
      {
        id: 'echo',
        name: 'Echo',
        upstream: `http://127.0.0.1:${port}/base`,
        paths: { allow: [...allow] },
        rules: [
          { name: 'open', groups: ['*'], methods: ['*'] },
          { name: 'no-admin', effect: 'deny', groups: ['*'], paths: ['/admin', '/admin/**', '/**/admin/**'] },
        ],
      },
    ],
  });
  const local = world.port('echo');
  const disagreements: string[] = [];
  const counts = { forwarded: 0, denied: 0, refused: 0 };

  function generate(): { method: string; target: string; bytes: string } {
    const method = pick(methods);
    const depth = 1 + Math.floor(random() * 4);
    let target = '';
    for (let level = 0; level < depth; level += 1) target += `/${random() < 0.85 ? pick(usual) : pick(parts)}`;
    target += pick(queries);
    const bytes = `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${local}\r\n${pick(lures)}\r\n`;
    return { method, target, bytes };
  }

  async function caller(quota: { left: number }, sent: Map<string, Sent>): Promise<void> {
    let connection = await RawConnection.open(local);
    while (quota.left > 0) {
      quota.left -= 1;
      const { method, target, bytes } = generate();
      connection.write(bytes);
      const response = await connection.readResponse(method);
      const id = response.headers['x-id'] ?? response.headers['x-causeway-request-id'] ?? '';
      sent.set(id, { method, target, response });
      if (response.headers['connection'] !== 'close') continue;
      connection.close();
      connection = await RawConnection.open(local);
    }
    connection.close();
  }

  function judge(record: { requestId: string; method: string; path: string; effect: string }, sent: Sent): void {
    const { status } = sent.response;
    const upstreamSaw = received.get(record.requestId);
    const canonical = canonicalPath(sent.target, { allow });
    const problems: string[] = [];
    if (record.method !== sent.method) problems.push(`audited as ${record.method}`);
    if (canonical.status === 'refused') {
      counts.refused += 1;
      if (record.effect !== 'deny' || status !== 400 || upstreamSaw) problems.push('not canonical, yet not refused');
    } else {
      if (record.path !== canonical.path) problems.push(`audited as ${record.path}`);
      const forbidden =
        allow.length > 0 ? record.effect === 'deny' : canonical.path.toLowerCase().split('/').includes('admin');
      if (forbidden) counts.denied += 1;
      else counts.forwarded += 1;
      if (forbidden && (record.effect !== 'deny' || status !== 403 || upstreamSaw)) problems.push('not denied');
      if (!forbidden && (record.effect !== 'allow' || status !== 200)) problems.push(`refused with ${status}`);
      const expected = `/base${canonical.path}${canonical.query}`;
      if (upstreamSaw !== undefined && (upstreamSaw.target !== expected || upstreamSaw.method !== sent.method))
        problems.push(`the upstream got ${upstreamSaw.method} ${upstreamSaw.target}`);
      if (upstreamSaw?.lured === true) problems.push('the upstream got a lure');
    }
    if (problems.length > 0 && disagreements.length < 20)
      disagreements.push(`${sent.method} ${sent.target}: ${problems.join(', ')}`);
  }

  const startedMs = performance.now();
  let lastSeq = 0;
  let checked = 0;
  try {
    for (let done = 0; done < options.requests; done += batch) {
      const sent = new Map<string, Sent>();
      const quota = { left: Math.min(batch, options.requests - done) };
      await Promise.all(Array.from({ length: connections }, () => caller(quota, sent)));
      const database = openForReading(world.dataDir);
      const rows = database
        .prepare(`SELECT seq, payload FROM audit WHERE seq > ? AND payload ->> '$.type' = 'decision' ORDER BY seq`)
        .iterate(lastSeq);
      for (const row of rows) {
        lastSeq = Number(row['seq']);
        const record = JSON.parse(String(row['payload'])) as Parameters<typeof judge>[0];
        const request = sent.get(record.requestId);
        if (request === undefined) disagreements.push(`${record.method} ${record.path}: audited, never answered`);
        else judge(record, request);
        sent.delete(record.requestId);
        received.delete(record.requestId);
        checked += 1;
      }
      database.close();
      for (const [, { method, target }] of sent) disagreements.push(`${method} ${target}: answered, never audited`);
      for (const [, { method, target }] of received) disagreements.push(`${method} ${target}: received, never audited`);
    }
  } finally {
    await world.close();
    upstream.close();
    upstream.closeAllConnections();
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { requests: checked, ...counts, disagreements, requestsPerSecond: Math.round(checked / seconds) };
}
