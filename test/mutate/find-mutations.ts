import type { Node } from 'oxc-parser';
import { walk, type Place } from './syntax-tree.ts';

/** One small change of one file: what stands from `start` to `end` (UTF-16 offsets) becomes `replacement`. */
export interface Mutation {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The expression or statement around the change, on one line. */
  readonly before: string;
  readonly after: string;
}

/** A change and the node that shows what it means. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly shown: Node;
}

const opposites: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
};

/** A constant alone says little: what is around it is shown, when it fits on a line. */
const longestShown = 100;

const quantifiers: ReadonlyMap<string, string> = new Map([
  ['every', 'some'],
  ['some', 'every'],
]);

const replace = (node: Node, replacement: string, shown = node): Edit => ({
  start: node.start,
  end: node.end,
  replacement,
  shown,
});

const isText = (node: Node): boolean =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');

/** Swaps the operator between two nodes. */
function swapOperator(
  source: string,
  shown: Node,
  left: Node,
  right: Node,
  operators: readonly [string, string],
): Edit {
  const start = left.end + source.slice(left.end, right.start).indexOf(operators[0]);
  return { start, end: start + operators[0].length, replacement: operators[1], shown };
}

function changeBinary(source: string, node: Node): Edit[] {
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    const text = (part: Node): string => `(${source.slice(part.start, part.end)})`;
    return [
      swapOperator(source, node, node.left, node.right, [node.operator, node.operator === '&&' ? '||' : '&&']),
      replace(node, text(node.left)),
      replace(node, text(node.right)),
    ];
  }
  if (node.type !== 'BinaryExpression') return [];
  const edits = [node.left, node.right].flatMap((side) =>
    node.operator.endsWith('==') && side.type === 'Literal' && typeof side.value === 'string' && side.value !== ''
      ? [replace(side, "''", node)]
      : [],
  );
  const opposite = opposites[node.operator];
  const joinsText = node.operator === '+' && (isText(node.left) || isText(node.right));
  if (opposite === undefined || joinsText) return edits;
  return [swapOperator(source, node, node.left, node.right, [node.operator, opposite]), ...edits];
}

function changeLiteral(node: Node, parent: Node | undefined): Edit[] {
  if (node.type !== 'Literal') return [];
  // What these hold is a name.
  const isName = parent?.type === 'ImportDeclaration' || (parent?.type === 'Property' && parent.key === node);
  if (isName) return [];
  const isShort = parent !== undefined && parent.end - parent.start <= longestShown;
  const shown = isShort ? parent : node;
  if ('regex' in node) {
    const { pattern, flags } = node.regex;
    return flags.split('').flatMap((flag) => {
      const fewer = flags.replace(flag, '');
      return isPattern(pattern, fewer) ? [replace(node, `/${pattern}/${fewer}`, shown)] : [];
    });
  }
  if (typeof node.value === 'boolean') return [replace(node, String(!node.value), shown)];
  if (typeof node.value === 'number') return [replace(node, String(node.value + 1), shown)];
  return [];
}

function isPattern(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp;
  } catch {
    // The pattern needs the flag: without it, the module wouldn't load.
    return false;
  }
}

/** Negates what decides, or takes a negation away. */
function changeCondition(source: string, node: Node): Edit[] {
  if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
    // Comparisons are negated by their operator.
    if (node.test.type === 'BinaryExpression' && /^[=!]==$/.test(node.test.operator)) return [];
    return [replace(node.test, `!(${source.slice(node.test.start, node.test.end)})`)];
  }
  if (node.type === 'UnaryExpression' && node.operator === '!') {
    return [replace(node, source.slice(node.argument.start, node.argument.end))];
  }
  return [];
}

/** Leaves out a statement: an early return, a throw, a call made for its effect. */
function removeStatement(node: Node, around: readonly Node[]): Edit[] {
  const parent = around.at(-1);
  const inBranch = parent?.type === 'IfStatement' || (parent?.type === 'BlockStatement' && isBranch(around.at(-2)));
  const isEarly = node.type === 'ReturnStatement' && inBranch;
  if (isEarly || node.type === 'ThrowStatement') return [replace(node, ';')];
  if (node.type !== 'ExpressionStatement') return [];
  const called = node.expression.type === 'AwaitExpression' ? node.expression.argument : node.expression;
  const isCall =
    called.type === 'CallExpression' ||
    (called.type === 'ChainExpression' && called.expression.type === 'CallExpression');
  return isCall ? [replace(node, ';')] : [];
}

function isBranch(node: Node | undefined): boolean {
  return node !== undefined && /^(If|For|ForOf|ForIn|While|Try)Statement$|^CatchClause$/.test(node.type);
}

function changeOther(node: Node): Edit[] {
  if (node.type === 'SwitchCase' && node.test?.type === 'Literal' && typeof node.test.value === 'string') {
    return [replace(node.test, "''")];
  }
  if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
    const { property } = node.callee;
    const other = property.type === 'Identifier' ? quantifiers.get(property.name) : undefined;
    if (other !== undefined) return [replace(property, other, node)];
  }
  return [];
}

function editsAt(source: string, { node, around }: Place): Edit[] {
  return [
    ...changeCondition(source, node),
    ...changeBinary(source, node),
    ...changeLiteral(node, around.at(-1)),
    ...removeStatement(node, around),
    ...changeOther(node),
  ];
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** All changes of a source, in its order: the same source gives the same list. */
export function findMutations(file: string, source: string): Mutation[] {
  const seen = new Set<string>();
  const found: Mutation[] = [];
  for (const place of walk(file, source)) {
    for (const { start, end, replacement, shown } of editsAt(source, place)) {
      const key = `${start}:${end}:${replacement}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const line = source.slice(0, start).split('\n').length;
      const from = Math.min(shown.start, start);
      const to = Math.max(shown.end, end);
      const after = source.slice(from, start) + replacement + source.slice(end, to);
      const before = onOneLine(source.slice(from, to));
      found.push({ file, line, start, end, replacement, before, after: onOneLine(after) });
    }
  }
  return found.toSorted((one, other) => one.start - other.start);
}

/** The source with the change in it. */
export function applyMutation(source: string, { start, end, replacement }: Mutation): string {
  return source.slice(0, start) + replacement + source.slice(end);
}
