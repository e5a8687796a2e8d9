import { parseSync } from 'oxc-parser';

/** A text that stands in the code instead of a catalog. */
export interface LiteralText {
  readonly line: number;
  readonly words: string;
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** The name that an identifier or a plain string is; empty for anything else. */
function nameOf(part: unknown): string {
  const name = isNode(part) ? (part['name'] ?? part['value']) : undefined;
  return typeof name === 'string' ? name : '';
}

/** What stands in place of a value in a template. */
const hole = '\u0000';
const comparisons = new Set(['===', '!==', '==', '!=', 'in', 'instanceof']);

/** @throws Error for a source that can’t be read: nothing would be found in it */
function programOf(file: string, source: string) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} can’t be read: ${errors[0]?.message}`);
  return program;
}

/** Whether a string is for people: a sentence or a word with a capital, not a name of code, a key or a path. */
export function isWords(value: string): boolean {
  const text = value.trim();
  // A command is the same in every language.
  if (isClasses(text) || isAttribute(text) || text.startsWith('causeway ')) return false;
  return /^\p{Lu}\p{Ll}+(?:$|[\s.,:…])/u.test(text) || /\p{L}{2,} \p{Ll}{2,}/u.test(text);
}

/** An attribute of HTML, with or without its element’s name. */
function isAttribute(text: string): boolean {
  return /^[\w-]+ ?[\w-]*="[^"]*"$/.test(text);
}

/** Class names of Tailwind: most of them have a hyphen, a colon or a bracket. */
function isClasses(text: string): boolean {
  const tokens = text.split(/\s+/);
  const isPlain = tokens.every((token) => /^[!*@[a-z0-9-][\w:/.[\]%#()@,&>=*'"!+-]*$/.test(token));
  return (
    isPlain && tokens.filter((token) => /[a-z]-|[:[]/.test(token)).length * 2 >= tokens.length && tokens.length > 1
  );
}

/** What people read of a page’s source: text between tags and in attributes with words for them. */
function wordsInHtml(html: string): readonly string[] {
  const seen = html.replaceAll(/<(script|style)\b[^]*?<\/\1>/g, ' ').replaceAll(/<[^>]*>/g, '\n');
  const said = [...html.matchAll(/ (?:alt|aria-label|placeholder|title)="([^"]*)"/g)].map(([, value = '']) => value);
  return [...seen.replaceAll(hole, '\n').split('\n'), ...said.flatMap((value) => value.split(hole))]
    .map((part) => part.trim())
    .filter((part) => /\p{L}{2}/u.test(part));
}

/**
 * Each text in a source that people could read: text in JSX and HTML, and strings that are words, wherever they stand but
 * where what they are is plain: names of modules and classes, keys, what is compared, logged, or tells programmers of a defect.
 */
export function findLiteralText(file: string, source: string): readonly LiteralText[] {
  return literalTextIn(programOf(file, source), source);
}

/** The same of what is given to some functions and classes alone, by their names. */
export function wordsGivenTo(names: RegExp, file: string, source: string): readonly LiteralText[] {
  const found: LiteralText[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (!isNode(node)) return;
    const isCall = node.type === 'CallExpression' || node.type === 'NewExpression';
    if (isCall && names.test(nameOf(node['callee']))) found.push(...literalTextIn(node['arguments'], source));
    for (const [key, value] of Object.entries(node)) if (key !== 'type') visit(value);
  };
  visit(programOf(file, source));
  return found;
}

function literalTextIn(part: unknown, source: string): readonly LiteralText[] {
  const found: LiteralText[] = [];
  const add = (node: Node, words: string): void => {
    found.push({ line: source.slice(0, node.start).split('\n').length, words: words.replaceAll(hole, '…').trim() });
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (!isNode(node)) return;
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ImportExpression':
      case 'ExportAllDeclaration':
        return;
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'TSNonNullExpression':
        visit(node['expression']);
        return;
      case 'JSXText': {
        const words = String(node['value']).trim();
        if (/\p{L}/u.test(words)) add(node, words);
        return;
      }
      case 'JSXAttribute':
        if (nameOf(node['name']) !== 'className') visit(node['value']);
        return;
      case 'Literal':
        if (typeof node['value'] === 'string' && isWords(node['value'])) add(node, node['value']);
        return;
      case 'TemplateLiteral': {
        const quasis = node['quasis'] as readonly {
          readonly value: { readonly cooked: string | null; readonly raw: string };
        }[];
        const parts = quasis.map(({ value }) => value.cooked ?? value.raw);
        const whole = parts.join(hole);
        if (/<[a-z!/]/i.test(whole)) for (const words of wordsInHtml(whole)) add(node, words);
        else if (
          !isAttribute(whole.trim()) &&
          !whole.startsWith('causeway ') &&
          (isWords(whole) || parts.some((part) => isWords(part) || / \p{L}{2,}/u.test(part)))
        )
          if (!isClasses(whole.replaceAll(hole, 'x-x').trim())) add(node, whole);
        visit(node['expressions']);
        return;
      }
      case 'Property':
        if (node['computed'] === true) visit(node['key']);
        visit(node['value']);
        return;
      case 'BinaryExpression':
        for (const side of ['left', 'right'])
          if (!comparisons.has(String(node['operator'])) || !isLiteral(node[side])) visit(node[side]);
        return;
      case 'SwitchCase':
        visit(node['consequent']);
        return;
      case 'MemberExpression':
        visit(node['object']);
        if (!isLiteral(node['property'])) visit(node['property']);
        return;
      case 'CallExpression':
      case 'NewExpression':
        if (isForProgrammers(node)) return;
        break;
      default:
        if (node.type.startsWith('TS')) return;
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'type') visit(value);
  };
  visit(part);
  return found;
}

const isLiteral = (node: unknown): boolean => isNode(node) && node.type === 'Literal';

/** The log, `onProblem`, which leads there, and what is thrown for a defect of ours. */
function isForProgrammers({ type, callee }: Node): boolean {
  if (!isNode(callee)) return false;
  if (type === 'NewExpression') return /^(?:Type|Range)?Error$/.test(nameOf(callee));
  const called = callee.type === 'MemberExpression' ? callee['property'] : callee;
  if (nameOf(called) === 'onProblem') return true;
  const object = callee.type === 'MemberExpression' ? callee['object'] : null;
  const owner = isNode(object) ? nameOf(object.type === 'MemberExpression' ? object['property'] : object) : '';
  return /^(?:log|logger|console)$/.test(owner);
}

/** Whether a statement makes a text at once, before the language is known: outside of any function. */
export function makesTextAtOnce(file: string, source: string): boolean {
  const { body } = programOf(file, source);
  return body.some((statement) =>
    /VariableDeclaration|ExpressionStatement|ExportNamedDeclaration/.test(statement.type)
      ? callsText(statement as unknown as Node)
      : false,
  );
}

function callsText(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(callsText);
  if (!isNode(node) || /Function|^TS|Class/.test(node.type)) return false;
  if (node.type === 'CallExpression' && /^(?:text|uiText|richText|pageText|pageHtml)$/.test(nameOf(node['callee'])))
    return true;
  return Object.entries(node).some(([key, value]) => key !== 'type' && callsText(value));
}
