import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { docsPage, withDocsTable } from './policy/docs-table.ts';
import { policyTemplates } from './policy/templates.ts';

for (const [path, text] of [...policyTemplates(), [docsPage, withDocsTable(readFileSync(docsPage, 'utf8'))] as const]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
