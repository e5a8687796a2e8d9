import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the audit page has a row for each type of record, in the order of the code, and no other', () => {
  const [, union = ''] = read('relay/audit/audit-record.ts').split('export type AuditRecord =');
  const types = [...union.matchAll(/readonly type: '([a-z-]+)'/gu)].map(([, type]) => type);
  const [, section = ''] = read('docs/audit.md').split('## What is recorded');
  const [table = ''] = section.split('Never recorded');
  expect([...table.matchAll(/^\| `([a-z-]+)` \|/gmu)].map(([, type]) => type)).toEqual(types);
});
