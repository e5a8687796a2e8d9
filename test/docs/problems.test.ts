import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Node, parseSync, visitorKeys } from 'oxc-parser';
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

/** Texts in a source that are said, not compared with or written as types. */
function saidIn(node: Node, parent: Node | null = null): string[] {
  const isSaid =
    parent?.type !== 'BinaryExpression' && parent?.type !== 'SwitchCase' && parent?.type !== 'TSLiteralType';
  const own = node.type === 'Literal' && typeof node.value === 'string' && isSaid ? [node.value] : [];
  return [
    ...own,
    ...(visitorKeys[node.type] ?? []).flatMap((key) => {
      const value: unknown = Reflect.get(node, key);
      return (Array.isArray(value) ? value : [value]).filter(isNode).flatMap((inner) => saidIn(inner, node));
    }),
  ];
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const root = fileURLToPath(new URL('../..', import.meta.url));

function wordsOf(folders: string): ReadonlySet<string> {
  const files = globSync(`${folders}/**/*.ts`, { cwd: root });
  return new Set(files.flatMap((file) => saidIn(parseSync(file, readProjectFile(file)).program)));
}

test('each code has its cause and what IT does, and who says it is who does; none is said by nobody', () => {
  const sayers = { relay: wordsOf('relay'), app: wordsOf('{client,electron}') };
  const rows = tableIn(sectionOf(page, '## Causes and remedies'));
  expect(rows.map(({ code, 'said by': by }) => [code, by])).toEqual(
    Object.keys(problemTexts).map((code) => [
      `\`${code}\``,
      (['relay', 'app'] as const).filter((who) => sayers[who].has(code)).join(', '),
    ]),
  );
  for (const row of rows) expect(Object.values(row).map((cell) => cell !== '')).toEqual([true, true, true, true]);
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
