import { type Node, parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from '../../client/cli/exit-codes.ts';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/problems.md');

test('the page has each code with its texts and exit code, in the order of the code, and no other', () => {
  expect(tableIn(sectionOf(page, '## Codes'))).toEqual(
    Object.entries(problemTexts).map(([code, { title, hint }]) => ({
      code: `\`${code}\``,
      title,
      hint,
      'exit code': String(exitCodeOf(code as ErrorCode)),
    })),
  );
});

test('the page names each member of a problem document, and no other', () => {
  const { program } = parseSync('a.ts', readProjectFile('shared/problem-document.ts'));
  const members = program.body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    return declared?.type === 'TSInterfaceDeclaration' ? declared.body.body.map(nameOf) : [];
  });
  expect(tableIn(sectionOf(page, '## Answers')).map(({ member = '' }) => codesIn(member).join())).toEqual(members);
});

const nameOf = (member: Node): string =>
  member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? member.key.name : '?';

test('the command line’s page has each exit code, and no other', () => {
  expect(tableIn(sectionOf(readProjectFile('docs/cli.md'), '## Exit codes')).map(({ code }) => code)).toEqual(
    Object.values(exitCodes).map(String),
  );
});

test('what the protocol’s page calls a problem’s code is one', () => {
  const transport = tableIn(sectionOf(readProjectFile('docs/tunnel-protocol.md'), '| status | problem `code`'));
  const said = transport.flatMap((row) => codesIn(row['problem code'] ?? ''));
  expect(said.length).toBeGreaterThan(8);
  expect(said.filter((code) => !(code in problemTexts))).toEqual([]);
});
