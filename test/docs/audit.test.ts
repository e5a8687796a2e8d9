import { type Node, parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/audit.md');
const source = readProjectFile('relay/audit/audit-record.ts');

/** A type as the page writes it: fields, `.` before those of an object, and the words that a text may be. */
function wordsOf(type: Node, prefix = ''): string[] {
  if (type.type === 'TSUnionType') return type.types.flatMap((one) => wordsOf(one, prefix));
  if (type.type === 'TSLiteralType') {
    return type.literal.type === 'Literal' && typeof type.literal.value === 'string' ? [type.literal.value] : [];
  }
  const members = type.type === 'TSTypeLiteral' ? type.members : type.type === 'TSInterfaceBody' ? type.body : [];
  return members.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return [];
    const inner = member.typeAnnotation?.typeAnnotation;
    return [`${prefix}${member.key.name}`, ...(inner === undefined ? [] : wordsOf(inner, '.'))];
  });
}

/** Each type of record with its fields, and the caller that several of them have. */
function recordsInCode(): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const statement of parseSync('audit-record.ts', source).program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declared?.type === 'TSInterfaceDeclaration' && declared.id.name === 'AuditCaller')
      found['caller'] = wordsOf(declared.body, '.');
    if (declared?.type !== 'TSTypeAliasDeclaration' || declared.typeAnnotation.type !== 'TSUnionType') continue;
    for (const record of declared.typeAnnotation.types) {
      const [type, name = '', ...fields] = wordsOf(record);
      if (type === 'type') found[name] = fields;
    }
  }
  return found;
}

const records = recordsInCode();

test('the audit page has a row for each type of record, in the order of the code, and no other', () => {
  const types = Object.keys(records).filter((name) => name !== 'caller');
  expect(types).toHaveLength(9);
  expect(tableIn(sectionOf(page, '## What is recorded')).map((row) => row['record'])).toEqual(
    types.map((type) => `\`${type}\``),
  );
});

test('the audit page names each field of each record, what it may say, and no other', () => {
  const rows = tableIn(sectionOf(page, '### Fields'));
  const documented = rows.map(({ record = '', fields = '' }) => [codesIn(record).join(), codesIn(fields)]);
  expect(Object.fromEntries(documented)).toEqual(records);
  expect(rows).toHaveLength(Object.keys(records).length);
});
