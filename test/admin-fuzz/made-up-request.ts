import {
  type AdminDocument,
  bodySchemaOf,
  type DocumentedParameter,
  type FoundOperation,
  operationsOf,
} from '../relay/admin/support/admin-document.ts';
import { awkwardTexts, brokenValue, madeUpValue } from './made-up-value.ts';
import type { Random } from './random.ts';

/** A request to send as it is. */
export interface MadeUpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

const otherMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'TRACE'];
const otherTypes = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json, text/html',
  'application/JSON',
  '',
  ';',
];
const brokenBodies: readonly (string | Uint8Array)[] = [
  '',
  '{',
  'null',
  '"text"',
  '[]',
  '{"a":1}{"b":2}',
  '{"reason":"a","reason":"b"}',
  '['.repeat(50_000),
  '{"a":'.repeat(20_000),
  '﻿{}',
  '{"reason":"\u0000"}',
  new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
  new Uint8Array(4096),
  `{"text":"${'y'.repeat(200_000)}"}`,
];

/** A request of the document's, right or with something wrong; the same for the same numbers. */
export function madeUpRequest(document: AdminDocument, random: Random): MadeUpRequest {
  const operation = random.of(operationsOf(document));
  const right = rightRequest(document, operation, random);
  if (random.chance(0.3)) return right;
  switch (random.below(8)) {
    case 0:
      return { ...right, method: random.of(otherMethods) };
    case 1:
      return { ...right, headers: { ...right.headers, 'content-type': random.of(otherTypes) } };
    case 2:
      return { ...right, body: right.method === 'GET' ? undefined : random.of(brokenBodies) };
    case 3:
      return {
        ...right,
        path: `${right.path}${random.of(['/', '//', '/..', '/%2e%2e', '%00', '/x', '?', '?&=&', '?__proto__=1'])}`,
      };
    case 4:
      return { ...right, headers: { ...right.headers, ...oddHeader(random) } };
    default:
      return brokenRequest(document, operation, right, random);
  }
}

function rightRequest(document: AdminDocument, operation: FoundOperation, random: Random): MadeUpRequest {
  const schema = bodySchemaOf(operation);
  return {
    method: operation.method,
    path: pathOf(document, operation, random, (value) => value),
    headers: schema === undefined ? {} : { 'content-type': 'application/json' },
    body: schema === undefined ? undefined : JSON.stringify(madeUpValue(document, schema, random)),
  };
}

function brokenRequest(
  document: AdminDocument,
  operation: FoundOperation,
  right: MadeUpRequest,
  random: Random,
): MadeUpRequest {
  const schema = bodySchemaOf(operation);
  const hasParameters = (operation.parameters ?? []).length > 0;
  if (schema !== undefined && (!hasParameters || random.chance(0.7)))
    return { ...right, body: JSON.stringify(brokenValue(madeUpValue(document, schema, random), random)) };
  return { ...right, path: pathOf(document, operation, random, () => random.of(awkwardTexts).slice(0, 3000)) };
}

function pathOf(
  document: AdminDocument,
  { path, parameters = [] }: FoundOperation,
  random: Random,
  change: (value: string) => string,
): string {
  const textOf = ({ schema }: DocumentedParameter): string =>
    encoded(change(String(madeUpValue(document, schema, random)).slice(0, 3000)));
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && (parameter.required === true || random.chance(0.3)))
    .map((parameter) => `${encoded(parameter.name)}=${textOf(parameter)}`);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const parameter = parameters.find((candidate) => candidate.in === 'path' && candidate.name === name);
    return (parameter === undefined ? '' : textOf(parameter)) || 'x';
  });
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

/** Percent-encoded; a lone surrogate, which has no encoding, as its bytes would be. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}

function oddHeader(random: Random): Record<string, string> {
  return random.of([
    { accept: 'text/html' },
    { 'if-none-match': '*' },
    { 'if-match': '"x"' },
    { 'idempotency-key': '"k"' },
    { 'idempotency-key': '' },
    { 'idempotency-key': 'x'.repeat(5000) },
    { 'content-encoding': 'gzip' },
    { 'accept-encoding': 'identity;q=0' },
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { 'x-http-method-override': 'DELETE' },
    { 'x-forwarded-for': '8.8.8.8, \t' },
    { range: 'bytes=0-1' },
    { expect: 'something' },
    { cookie: `${'a=b; '.repeat(1000)}` },
    { host: 'evil.example' },
  ]);
}
