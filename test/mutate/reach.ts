import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Node } from 'oxc-parser';
import type { Mutation } from './find-mutations.ts';
import { walk, type Place } from './syntax-tree.ts';

/** A part of a source that runs or doesn't: a statement, one side of a choice, a function's expression. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly form: 'before' | 'block' | 'expression';
}

/** The parts of each file that a test reaches, by their number; a file that it doesn't load is missing. */
export type Reach = ReadonlyMap<string, ReadonlySet<number>>;

const recorder = '.mutate-reach.mjs';
const log = '.mutate-reached';

/** Runs in each process and thread that loads a probed file; what the probes say there goes to one log. */
const recorderSource = `import { appendFileSync } from 'node:fs';
const seen = new Set();
globalThis.__reached = (part) => {
  if (seen.has(part)) return;
  seen.add(part);
  appendFileSync(new URL('${log}', import.meta.url), part + '\\n');
};
`;

const lists: ReadonlySet<string> = new Set(['BlockStatement', 'SwitchCase', 'StaticBlock']);
const notProbed = /^(Import|Export|Function|Class)|^TS|^BlockStatement$/;

function isBranch(node: Node, parent: Node): boolean {
  if (parent.type === 'IfStatement') return node === parent.consequent || node === parent.alternate;
  const loops = /^(For|ForOf|ForIn|While|DoWhile)Statement$/;
  return loops.test(parent.type) && 'body' in parent && parent.body === node;
}

function isChoice(node: Node, parent: Node): boolean {
  if (parent.type === 'ConditionalExpression') return node !== parent.test;
  if (parent.type === 'LogicalExpression') return node === parent.right;
  return parent.type === 'ArrowFunctionExpression' && parent.body === node && node.type !== 'BlockStatement';
}

function partAt({ node, around }: Place): Part | null {
  const parent = around.at(-1);
  if (parent === undefined) return null;
  const { start, end } = node;
  if (isChoice(node, parent)) return { start, end, form: 'expression' };
  if (notProbed.test(node.type)) return null;
  if (isBranch(node, parent)) return { start, end, form: 'block' };
  const isListed = lists.has(parent.type) && !(parent.type === 'SwitchCase' && node === parent.test);
  return isListed ? { start, end, form: 'before' } : null;
}

function partsOf(file: string, source: string): Part[] {
  return [...walk(file, source)].flatMap((place) => partAt(place) ?? []);
}

/** The number of the innermost part around a change; 0 stands for the file as a whole. */
export function partOf(file: string, source: string, { start, end }: Mutation): number {
  let innermost = 0;
  for (const [index, part] of partsOf(file, source).entries()) {
    // Inner parts come behind the outer ones.
    if (part.start <= start && part.end >= end) innermost = index + 1;
  }
  return innermost;
}

/** The source with a call in front of each part. */
export function addProbes(file: string, source: string): string {
  const opening = new Map<number, string>();
  const closing = new Map<number, string>();
  for (const [index, { start, end, form }] of partsOf(file, source).entries()) {
    const probe = `globalThis.__reached('${file}:${index + 1}')`;
    const [open, close] =
      form === 'expression' ? [`(${probe}, `, ')'] : form === 'block' ? [`{ ${probe}; `, ' }'] : [`${probe}; `, ''];
    opening.set(start, (opening.get(start) ?? '') + open);
    closing.set(end, close + (closing.get(end) ?? ''));
  }
  const at = new Set([...opening.keys(), ...closing.keys()]);
  let probed = '';
  let from = 0;
  for (const offset of [...at].toSorted((one, other) => one - other)) {
    probed += source.slice(from, offset) + (closing.get(offset) ?? '') + (opening.get(offset) ?? '');
    from = offset;
  }
  const path = relative(dirname(file), recorder);
  const header = `import '${path.startsWith('.') ? path : `./${path}`}'; globalThis.__reached('${file}:0'); `;
  // A program's first line has to stay the first.
  const [firstLine = ''] = /^#!.*\n/.exec(source) ?? [];
  return firstLine + header + (probed + source.slice(from)).slice(firstLine.length);
}

/** Puts probes into these files of a copy for as long as `run` takes, and says what it reached. */
export async function recordReach<T>(
  root: string,
  files: readonly string[],
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly reach: Reach }> {
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  writeFileSync(join(root, recorder), recorderSource);
  writeFileSync(join(root, log), '');
  // Tests start programs under other users.
  chmodSync(join(root, log), 0o666);
  for (const [file, source] of sources) writeFileSync(join(root, file), addProbes(file, source));
  try {
    const result = await run();
    const reach = new Map<string, Set<number>>();
    for (const line of new Set(readFileSync(join(root, log), 'utf8').split('\n'))) {
      const [, file = '', part = ''] = /^(.+):(\d+)$/.exec(line) ?? [];
      if (file === '') continue;
      const parts = reach.get(file) ?? new Set();
      reach.set(file, parts.add(Number(part)));
    }
    return { result, reach };
  } finally {
    for (const [file, source] of sources) writeFileSync(join(root, file), source);
    rmSync(join(root, log), { force: true });
  }
}
