import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminRoles } from '../../../relay/config/admin-schema.ts';
import { type Right, rightsOf } from '../../../relay/admin/operator-roles.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { madeUpValue } from '../../admin-fuzz/made-up-value.ts';
import { randomFrom } from '../../admin-fuzz/random.ts';
import { freePort } from '../../support/free-port.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { type AdminDocument, bodySchemaOf, type FoundOperation, operationsOf } from './support/admin-document.ts';
import { adminDocumentOfCode } from './support/admin-document-of-code.ts';
import { createAnswerChecker } from './support/check-answer.ts';

const document = adminDocumentOfCode();
const check = createAnswerChecker(document);
const roles = { viewer: ['helpdesk'], auditor: ['audit'], operator: ['ops'], owner: ['security'] };

let world: TunnelWorld;
let port: number;
beforeAll(async () => {
  port = await freePort();
  world = await startTunnelWorld({ configure: (config) => ({ ...config, admin: { listen: { port }, roles } }) });
});
afterAll(() => world?.close());

interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}
type Headers = Readonly<Record<string, string>>;

/** A right request to an operation; `announced` bytes are said and not sent. */
function ask(
  operation: FoundOperation,
  headers: Headers,
  more: { query?: string; body?: unknown; announced?: number } = {},
) {
  const random = randomFrom(1);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const schema = operation.parameters?.find((parameter) => parameter.name === name)?.schema ?? {};
    return encodeURIComponent(String(madeUpValue(document, schema, random)) || 'x');
  });
  const schema = bodySchemaOf(operation);
  const body = more.body ?? (schema === undefined ? undefined : madeUpValue(document, schema, random));
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise<Answer>((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      path: `${path}${more.query ?? ''}`,
      method: operation.method,
      headers: {
        ...headers,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(more.announced === undefined ? {} : { 'content-length': String(more.announced) }),
      },
    });
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      const isEndless = response.headers['content-type']?.startsWith('text/event-stream') === true;
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once(isEndless ? 'data' : 'end', () => {
        const contentType = response.headers['content-type'];
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString() });
        sent.destroy();
      });
    });
    sent.once('error', reject);
    if (more.announced === undefined) sent.end(text);
    else sent.flushHeaders();
  });
}

const bearer = async (groups: readonly string[], seconds?: number, claims = {}): Promise<Headers> => ({
  authorization: `Bearer ${await world.issuer.token('dana', seconds, { groups, ...claims })}`,
});
const refusals = (code: string): number =>
  queryAudit(world.dataDir, { type: 'authentication-refused', limit: 10_000 }).filter(
    ({ record }) => record.type === 'authentication-refused' && record.code === code,
  ).length;

/** The right that an operation needs, as its description says. */
const rightOf = ({ description = '' }: FoundOperation): Right =>
  /Needs the right ([a-z-]+)\.$/.exec(description)?.[1] as Right;
const without = (operation: FoundOperation): readonly string[] =>
  adminRoles.filter((role) => !rightsOf[role].has(rightOf(operation))).flatMap((role) => roles[role]);

const operations = operationsOf(document).map(
  (operation) => [`${operation.method} ${operation.path}`, operation] as const,
);

it('the document of the code is that of the running server', async () => {
  const published = await fetch(`http://127.0.0.1:${port}/admin/v1/openapi.json`, {
    headers: await bearer(roles.viewer),
  });
  const names = (from: AdminDocument): readonly string[] =>
    operationsOf(from).map(({ method, path, operationId }) => `${method} ${path} ${operationId}`);
  expect(names((await published.json()) as AdminDocument)).toEqual(names(document));
  expect(operations.length).toBeGreaterThan(15);
});

describe.each(operations)('%s', (name, operation) => {
  it.each<[string, (operation: FoundOperation) => Promise<Headers>]>([
    ['no role', () => bearer(['developers'])],
    ['the wrong roles', (of) => bearer(without(of))],
  ])('refuses %s, and records it', async (_what, headers) => {
    const before = refusals('policy-denied');
    const answer = await ask(operation, await headers(operation));
    expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([403, 'policy-denied']);
    expect(check({ method: operation.method, path: name.split(' ')[1] ?? '', ...answer })).toEqual([]);
    expect(refusals('policy-denied')).toBe(before + 1);
  });

  // Of strangers not each is recorded; how many are, and that they are counted, strangers.test.ts looks at.
  it.each<[string, () => Headers | Promise<Headers>, number, string]>([
    ['who shows nothing', () => ({}), 401, 'token-rejected'],
    [
      'a cookie of before',
      () => ({ cookie: '__Host-causeway-console=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
      401,
      'sign-in-expired',
    ],
    ['nonsense', () => ({ authorization: 'Bearer nonsense' }), 401, 'token-rejected'],
    ['an expired token', () => bearer(roles.owner, -120), 401, 'sign-in-expired'],
    [
      'a token of another issuer',
      () => bearer(roles.owner, 600, { iss: 'https://other.example' }),
      401,
      'token-rejected',
    ],
    [
      'a foreign page',
      async () => ({ ...(await bearer(roles.owner)), origin: 'https://evil.example' }),
      403,
      'origin-not-allowed',
    ],
  ])('refuses %s, and records the kind', async (_who, headers, status, code) => {
    const answer = await ask(operation, await headers());
    expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([status, code]);
    expect(check({ method: operation.method, path: name.split(' ')[1] ?? '', ...answer })).toEqual([]);
    expect(refusals(code)).toBeGreaterThan(0);
  });

  it('refuses what it doesn’t know, and what is too large, and records it', async () => {
    const owner = await bearer(roles.owner);
    const before = refusals('bad-input');
    const strange = await ask(operation, owner, { query: '?nosuchfield=1' });
    const takesQuery = operation.parameters?.some((parameter) => parameter.in === 'query') === true;
    if (takesQuery) expect([strange.status, refusals('bad-input')]).toEqual([400, before + 1]);
    if (bodySchemaOf(operation) === undefined) return;
    const more = { ...(madeUpValue(document, bodySchemaOf(operation) ?? {}, randomFrom(2)) as object), nosuchfield: 1 };
    const unknown = refusals('bad-input');
    expect((await ask(operation, owner, { body: more })).status).toBe(400);
    expect(refusals('bad-input')).toBe(unknown + 1);
    const tooLarge = refusals('body-too-large');
    const huge = await ask(operation, owner, { announced: 6_000_000 });
    expect([huge.status, (JSON.parse(huge.body) as { code: string }).code]).toEqual([413, 'body-too-large']);
    expect(refusals('body-too-large')).toBe(tooLarge + 1);
  });
});
