import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProjectFile } from '../docs/read-docs.ts';

interface LinterConfig {
  readonly jsPlugins: readonly string[];
  readonly overrides: readonly {
    readonly files: readonly string[];
    readonly rules: Readonly<Record<string, unknown>>;
  }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const oxlint = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin/oxlint');
const isOwn = (rule: string): boolean => /^(?:stages|patience)\//.test(rule);

/** The project's config with nothing but its own rules. */
function ownRules(): LinterConfig & { readonly categories: object } {
  const { jsPlugins, overrides } = JSON.parse(readProjectFile('.oxlintrc.json')) as LinterConfig;
  const own = overrides.filter(({ rules }) => Object.keys(rules).some(isOwn));
  return { categories: { correctness: 'off' }, jsPlugins, overrides: own };
}

/** What to lint, and what is said of it; null for nothing. */
type Case = readonly [what: string, path: string, source: string, says: string | null];

const fromLater = 'relay/audit comes before relay/sessions, and so can’t import relay/sessions/one.ts';
const stages: readonly Case[] = [
  ['a value', 'relay/audit/value.ts', "import { one } from '../sessions/one.ts';\none();", fromLater],
  [
    'a type',
    'relay/audit/type.ts',
    "import type { One } from '../sessions/one.ts';\nexport const one: One = 1;",
    fromLater,
  ],
  ['what is given on', 'relay/audit/given.ts', "export { one } from '../sessions/one.ts';", fromLater],
  ['all that is given on', 'relay/audit/all.ts', "export * from '../sessions/one.ts';", fromLater],
  ['what is loaded later', 'relay/audit/late.ts', "export const one = () => import('../sessions/one.ts');", fromLater],
  ['a type in its place', 'relay/audit/place.ts', "export type One = import('../sessions/one.ts').One;", fromLater],
  ['of an earlier stage', 'relay/sessions/late.ts', "import { one } from '../audit/one.ts';\none();", null],
  ['of its own', 'relay/audit/own.ts', "import { one } from './one.ts';\none();", null],
  ['of a library', 'relay/audit/library.ts', "import { one } from 'sessions/one';\none();", null],
  ['elsewhere', 'test/relay/some.ts', "import { one } from '../../relay/sessions/one.ts';\none();", null],
];

const patience = (
  [
    ['vi.waitFor(look);', 'one second'],
    ['vi.waitUntil(look);', 'one second'],
    ['vi.waitFor(look, { interval: 10 });', 'one second'],
    ['vi.waitFor(look, 9_999);', '10 s'],
    ['vi.waitUntil(look, { timeout: 5000, interval: 10 });', '10 s'],
    ['expect.poll(look, { timeout: 4000 }).toBe(1);', '10 s'],
    ['const soon = { timeout: 5000 } as const; expect.poll(look, soon).toBe(1);', '10 s'],
    ['const ms = 500; vi.waitFor(look, { timeout: ms });', '10 s'],
    ['vi.waitFor(look, 10_000);', null],
    ['vi.waitUntil(look, { timeout: 30_000 });', null],
    ['vi.waitFor(look, { ...patient, interval: 10 });', null],
    ['vi.waitFor(look, patient);', null],
    ['expect.poll(look).toBe(1);', null],
    ['expect.poll(look, { interval: 10, message: "it" }).toBe(1);', null],
    ['waitFor(look);', null],
    ['page.waitFor(look, 10);', null],
  ] as const
).map(([source, says], at): Case => [source, `test/wait-${at}.test.ts`, source, says]);
const noTest: Case = ['in no test', 'bench/some.ts', 'vi.waitFor(look);', null];

describe('rules of the project’s own', () => {
  let folder: string;
  let said: readonly string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-lint-'));
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    for (const path of ['build/lint', 'docs/architecture.md'])
      cpSync(join(root, path), join(folder, path), { recursive: true });
    put('package.json', '{ "type": "module" }');
    put('.oxlintrc.json', JSON.stringify(ownRules()));
    for (const [, path, source] of [...stages, ...patience, noTest]) put(path, source);
    const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '--format', 'unix'], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (stderr !== '') throw new Error(stderr);
    said = stdout.split('\n');
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function expectSaid(path: string, says: string | null): void {
    const found = said.filter((line) => line.startsWith(`${path}:`));
    expect(found).toEqual(says === null ? [] : [expect.stringContaining(says)]);
  }

  it.each(stages.filter(([, , , says]) => says !== null))(
    'nothing is imported from a later stage: not %s',
    (_what, path, _source, says) => expectSaid(path, says),
  );
  it.each(stages.filter(([, , , says]) => says === null))('what is %s may be imported', (_what, path, _source, says) =>
    expectSaid(path, says),
  );
  it.each(patience.filter(([, , , says]) => says !== null))(
    '“%s” waits too short a time',
    (_what, path, _source, says) => expectSaid(path, says),
  );
  it.each([...patience, noTest].filter(([, , , says]) => says === null))('“%s” is fine', (_what, path, _source, says) =>
    expectSaid(path, says),
  );
});
