import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/** Names, and what is shown as it is in every language. */
const sameEverywhere = new Set([
  'Causeway',
  'JavaScript',
  'Python',
  'PowerShell',
  'Docker',
  'Socket',
  'English',
  'Deutsch',
]);

/** Answers that only whoever builds the page ever meets, and code for a shell. */
const notForPeople = new Set([
  'electron/app-files.ts',
  'renderer/model/snippets.ts',
  'renderer/model/shell-command.ts',
]);

/** Attributes and properties whose value people read. */
const read = new Set([
  'action',
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'backTo',
  'badge',
  'body',
  'detail',
  'hint',
  'label',
  'message',
  'name',
  'placeholder',
  'text',
  'title',
  'tooltip',
]);

interface Found {
  readonly line: number;
  readonly words: string;
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** Whether a string is for people: a sentence or a word with a capital, not a name of code, a key or a path. */
function isWords(value: string): boolean {
  if (/(?:^|[ :])(?:border|flex|gap|grid|items|max|min|px|py|rounded|size|text)-[\w[]/.test(value)) return false;
  // The command line’s own words are English everywhere.
  if (sameEverywhere.has(value.trim()) || /^\s*(?:causeway |--)/.test(value)) return false;
  return /^\p{Lu}\p{Ll}+(?:$|[\s.,:…])/u.test(value) || /\p{L}{2,} \p{Ll}{2,}/u.test(value);
}

/** Text in JSX, and strings given to whatever people read. */
function literalText(file: string, source: string): readonly Found[] {
  const found: Found[] = [];
  const add = (node: Node, words: string): void => {
    found.push({ line: source.slice(0, node.start).split('\n').length, words: words.trim() });
  };
  const visit = (node: unknown, isRead: boolean): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, isRead);
    if (!isNode(node) || node.type.startsWith('TS') || node.type === 'ImportDeclaration') return;
    if (node.type === 'JSXText') {
      const words = String(node['value']).trim();
      if (/\p{L}/u.test(words) && !sameEverywhere.has(words)) add(node, words);
    }
    if (node.type === 'Literal' && isRead && typeof node['value'] === 'string' && isWords(node['value'])) {
      add(node, node['value']);
    }
    if (node.type === 'TemplateElement' && isRead) {
      const { cooked } = node['value'] as { readonly cooked: string };
      if (isWords(cooked) || /^ \p{L}/u.test(cooked)) add(node, cooked);
    }
    if (node.type === 'JSXAttribute' && !isReadHere(node, 'value')) {
      const value = node['value'];
      visit(isNode(value) && value.type === 'JSXExpressionContainer' ? value['expression'] : value, false);
      return;
    }
    // What is compared, called or looked up isn't shown.
    const passes = !/^(?:Call|Binary|Member)Expression$|^JSXAttribute$/.test(node.type);
    for (const [key, value] of Object.entries(node)) {
      if (key === 'type') continue;
      visit(value, (isRead && passes && key !== 'test') || isReadHere(node, key));
    }
  };
  visit(parseSync(file, source).program, false);
  return found;
}

/** Whether the value of an attribute, property or child is read by people. */
function isReadHere(node: Node, key: string): boolean {
  const name = (part: unknown): string => (isNode(part) ? String(part['name'] ?? part['value']) : '');
  if (node.type === 'JSXAttribute') return key === 'value' && read.has(name(node['name']));
  if (node.type === 'Property') return key === 'value' && read.has(name(node['key']));
  if (node.type === 'JSXExpressionContainer') return key === 'expression';
  if (node.type === 'ReturnStatement') return key === 'argument';
  return false;
}

const files = ['renderer', 'ui', 'electron'].flatMap((folder) =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('ui/messages/') && !notForPeople.has(name)),
);

describe('what finds literal text', () => {
  test.each([
    ['<p>Sign in again</p>', 'Sign in again'],
    ['<p>{count} left</p>', 'left'],
    ['<b title="Copy it" />', 'Copy it'],
    ['<b aria-label={`Copy ${name}`} />', 'Copy'],
    ["<p>{known ? 'Known to us' : null}</p>", 'Known to us'],
    ["const notice = { title: 'New device' };", 'New device'],
    ["function words() { return 'is busy'; }", 'is busy'],
  ])('%s has “%s”', (source, words) => {
    expect(literalText('x.tsx', source).map((each) => each.words)).toEqual([words]);
  });

  test.each([
    ['<p className="Flex Wide of">{text(\'api.on\')}</p>'],
    ['<p>Causeway</p>'],
    ['<p>, {name}.</p>'],
    ["if (event.key === 'Arrow Down') open();"],
    ["log.warn('this is for the log');"],
  ])('%s has none', (source) => {
    expect(literalText('x.tsx', source)).toEqual([]);
  });
});

test('no text of the app stands in its code', () => {
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    literalText(file, readFileSync(join(project, file), 'utf8')).map(({ line, words }) => `${file}:${line}: ${words}`),
  );
  expect(found).toEqual([]);
});

test('no text is made at module scope, before the language is known', () => {
  const early = files.filter((file) => {
    const { body } = parseSync(file, readFileSync(join(project, file), 'utf8')).program;
    return body.some(
      (statement) =>
        /VariableDeclaration|ExpressionStatement/.test(statement.type) && callsAtOnce(statement as unknown as Node),
    );
  });
  expect(early).toEqual([]);
});

/** Whether a statement calls `text` itself, outside of any function. */
function callsAtOnce(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(callsAtOnce);
  if (!isNode(node) || /Function/.test(node.type)) return false;
  const callee = node['callee'];
  if (node.type === 'CallExpression' && isNode(callee) && /^(?:text|uiText|richText)$/.test(String(callee['name'])))
    return true;
  return Object.entries(node).some(([key, value]) => key !== 'type' && callsAtOnce(value));
}
