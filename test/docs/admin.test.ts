import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rightsOf } from '../../relay/admin/operator-roles.ts';
import { adminRoles } from '../../relay/config/admin-schema.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/admin.md');

test('the table of rights is the one in force', () => {
  const rows = tableIn(sectionOf(page, '## Who may do what'));
  for (const row of rows) {
    const [right = ''] = codesIn(row['right'] ?? '');
    for (const role of adminRoles)
      expect([right, role, row[role] === 'yes']).toEqual([right, role, rightsOf[role].has(right as never)]);
  }
  expect(new Set(rows.map((row) => codesIn(row['right'] ?? '')[0]))).toEqual(rightsOf.owner);
});

test('the table of metrics names all, and no other', () => {
  const sources = globSync('relay/metrics/*.ts').map((file) => readProjectFile(file));
  const declared = sources.flatMap((source) =>
    [...source.matchAll(/name: '((?:causeway|http)_\w+)'/g)].map(([, name]) => name),
  );
  const documented = tableIn(sectionOf(page, '## Metrics'))
    .flatMap((row) => codesIn(row['metric'] ?? ''))
    .filter((name) => !name.endsWith('*'));
  expect(new Set(documented)).toEqual(new Set(declared));
});

test('the page names each attribute of spans, and each variable that switches them', () => {
  const traces = sectionOf(page, '## Traces');
  const source = ['encode-traces', 'trace-settings'].map((file) => readProjectFile(`relay/traces/${file}.ts`)).join('');
  const named = [...source.matchAll(/'((?:causeway|http)\.[a-z_.]+|OTEL_[A-Z_]+)'/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(15);
  const traceSpecific = (name: string): boolean => name === 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  expect(named.filter((name) => !traces.includes(`\`${name}\``) && !traceSpecific(name))).toEqual([]);
});
