import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { adminDocumentOfCode } from './support/admin-document-of-code.ts';
import { owner, serveApp } from './support/serve-app.ts';

const records: string[] = [];
const audit = {
  append(record: unknown, done: (error: null) => void) {
    records.push(JSON.stringify(record));
    done(null);
  },
};
let owners: Awaited<ReturnType<typeof serveApp>>;
let auditors: typeof owners;
beforeAll(async () => {
  owners = await serveApp({ audit });
  auditors = await serveApp({ audit }, { ...owner, roles: ['auditor'] });
});
afterAll(() => {
  owners.close();
  auditors.close();
});
beforeEach(() => void records.splice(0));

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (port: number, { method = 'POST', path, body, headers = {} }: Asked): Promise<number> =>
  new Promise((resolve, reject) => {
    const common = { authorization: 'Bearer t', 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...common, ...headers } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });

const long = 'a'.repeat(10_000);
const manyKeys = JSON.stringify(
  Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`field${index}`, 1])),
);
const pair = '😀'.repeat(2000);

it.each<[string, Asked, number]>([
  ['200,000 unknown fields', { path: '/admin/v1/config/check', body: manyKeys }, 400],
  ['an unknown field of 4 MB', { path: '/admin/v1/policy/what-if', body: `{"${'a'.repeat(4_000_000)}":1}` }, 400],
  ['a field of many pairs of units', { path: '/admin/v1/locks', body: `{"${pair}":1}` }, 400],
  ['a long key in the query', { method: 'GET', path: `/admin/v1/locks?${long}=1` }, 400],
  ['no JSON', { path: '/admin/v1/locks', body: `{"${long}` }, 400],
  ['a long Origin', { path: '/admin/v1/locks', headers: { origin: `https://${long}.example` } }, 403],
  ['a long Idempotency-Key', { path: '/admin/v1/relay/reload', headers: { 'idempotency-key': long } }, 400],
])('%s stay out of the audit', async (_what, asked, status) => {
  expect(await ask(owners.port, asked)).toBe(status);
  for (const record of records) {
    expect(record.length).toBeLessThan(2000);
    expect(record).not.toMatch(/\\ud[89a-f]/i);
  }
});

it('a long address that isn’t for everybody is recorded by its beginning', async () => {
  expect(await ask(auditors.port, { path: `/admin/v1/access-requests/${long}/approve`, body: '{}' })).toBe(403);
  expect(records.map((record) => record.length < 2000)).toEqual([true]);
});

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly [key: string]: unknown;
}

it('every text that a request may have is bounded', () => {
  const document = adminDocumentOfCode() as unknown as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  };
  const unbounded: string[] = [];
  const look = (given: Schema | undefined, where: string): void => {
    const name = given?.$ref?.split('/').at(-1);
    const schema = name === undefined ? given : document.components.schemas[name];
    if (schema === undefined) return;
    const isText = [schema.type].flat().includes('string');
    const isBounded = ['maxLength', 'enum', 'const', 'pattern'].some((key) => key in schema);
    if (isText && !isBounded) unbounded.push(where);
    for (const [key, inner] of Object.entries((schema['properties'] ?? {}) as Record<string, Schema>))
      look(inner, `${where}.${key}`);
    look(schema['items'] as Schema | undefined, `${where}[]`);
    for (const key of ['anyOf', 'oneOf', 'allOf'])
      for (const inner of (schema[key] ?? []) as readonly Schema[]) look(inner, where);
  };
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const { parameters = [], requestBody } = operation as {
        parameters?: readonly { readonly name: string; readonly schema: Schema }[];
        requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
      };
      for (const { name, schema } of parameters) look(schema, `${method} ${path} ?${name}`);
      look(requestBody?.content['application/json']?.schema, `${method} ${path}`);
    }
  expect(unbounded).toEqual([]);
});
