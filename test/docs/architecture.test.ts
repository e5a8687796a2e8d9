import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, parseSync, visitorKeys } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { stagedFolders, stageOf, stagesOf } from '../../build/lint/stages.ts';
import { gates } from '../../relay/request/gates/gates.ts';
import { problemTexts } from '../../shared/errors.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readProjectFile('docs/architecture.md');

interface Import {
  readonly from: string;
  readonly to: string;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** Files that a source names by a relative address: imports of values and types, exports, workers. */
function addressesIn(node: Node): string[] {
  if (node.type === 'Literal')
    return typeof node.value === 'string' && /^\.\.?\/.*\.ts$/.test(node.value) ? [node.value] : [];
  return (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value: unknown = Reflect.get(node, key);
    return (Array.isArray(value) ? value : [value]).filter(isNode).flatMap(addressesIn);
  });
}

/** All imports of a folder’s files that stay in it. */
function importsWithin(top: string): readonly Import[] {
  return globSync(`${top}/**/*.ts`, { cwd: root }).flatMap((found) => {
    const from = found.replaceAll('\\', '/');
    const { program } = parseSync(from, readProjectFile(from));
    return addressesIn(program)
      .map((address) => ({ from, to: normalize(join(dirname(from), address)).replaceAll('\\', '/') }))
      .filter(({ to }) => to.startsWith(`${top}/`));
  });
}

function goesUp({ from, to }: Import, stages: readonly string[]): boolean {
  return stageOf(to, stages) > stageOf(from, stages);
}

const words = ({ from, to }: Import): string => `${from} imports ${to}`;

describe.each(stagedFolders)('the stages of %s', (top) => {
  const stages = stagesOf(top);
  const imports = importsWithin(top);

  test('imports are found', () => {
    expect(stages.length).toBeGreaterThan(10);
    expect(imports.length).toBeGreaterThan(100);
    expect(goesUp({ from: `${stages[0]}/a.ts`, to: `${stages[1]}/b.ts` }, stages)).toBe(true);
  });

  test('each file belongs to a stage, and each stage is a folder', () => {
    expect(stages.filter((stage) => !existsSync(join(root, stage)))).toEqual([]);
    const files = globSync(`${top}/**/*.{ts,mjs}`, { cwd: root }).map((file) => file.replaceAll('\\', '/'));
    expect(files.filter((file) => stageOf(file, stages) === -1)).toEqual([]);
  });

  test('no file imports from a later stage, not even a type', () => {
    expect(imports.filter((one) => goesUp(one, stages)).map(words)).toEqual([]);
  });

  test('no two folders import each other', () => {
    const pairs = new Map<string, Import>();
    for (const one of imports) pairs.set(`${dirname(one.from)} ${dirname(one.to)}`, one);
    const mutual = [...pairs.values()].filter(
      ({ from, to }) => dirname(from) !== dirname(to) && pairs.has(`${dirname(to)} ${dirname(from)}`),
    );
    expect(mutual.map(words)).toEqual([]);
  });
});

describe('the page on the architecture', () => {
  test('all files that it names exist', () => {
    const files = codesIn(page).filter((code) => /^[\w-]+\/.*\.\w+$/.test(code));
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test('the codes behind the gates are codes', () => {
    const [, behind = ''] = page.split('Behind them, ');
    const codes = codesIn(behind.split('\n\n')[0] ?? '');
    expect(codes.length).toBeGreaterThan(3);
    expect(codes.filter((code) => !(code in problemTexts))).toEqual([]);
  });

  test('names all gates, in their order', () => {
    const rows = tableIn(sectionOf(page, '## Gates'));
    expect(rows.map(({ gate }) => gate)).toEqual(gates.map(([name]) => name));
  });

  test('each gate’s file holds the gate and its codes', () => {
    for (const row of tableIn(sectionOf(page, '## Gates'))) {
      const [gate] = gates.filter(([name]) => name === row['gate']).map(([, judge]) => judge);
      const source = readProjectFile(codesIn(row['file'] ?? '')[0] ?? '');
      expect(source).toContain(`export const ${gate?.name}: Gate`);
      for (const code of codesIn(row['refuses with'] ?? '')) expect(source).toContain(`'${code}'`);
    }
  });
});
