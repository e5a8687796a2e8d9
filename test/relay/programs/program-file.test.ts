import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Program, programFile, programs } from '../../../relay/programs/program-file.ts';

const relay = fileURLToPath(new URL('../../../relay', import.meta.url));

test('nothing of the relay looks for its files beside itself, where a bundle hasn’t got them', () => {
  const finders = globSync('**/*.ts', { cwd: relay }).filter((file) =>
    /import\.meta\.(?:url|dirname|filename|resolve)/.test(readFileSync(join(relay, file), 'utf8')),
  );
  expect(finders).toEqual(['programs/program-file.ts']);
});

test.each(Object.keys(programs) as Program[])('%s is where the list says', (name) => {
  expect(existsSync(programFile(name))).toBe(true);
});

test('every program is in the list', () => {
  const started = globSync('**/*-{thread,worker,process}.ts', { cwd: relay })
    .filter((file) => /\bparentPort\b|process\.send/.test(readFileSync(join(relay, file), 'utf8')))
    .map((file) => file.replace(/\.ts$/, ''))
    .toSorted();
  expect(started).toEqual(Object.values(programs).toSorted());
});
