import { expect, test } from 'vitest';
import { codesIn, readProjectFile, tableIn } from './read-docs.ts';

test('each story has its spec, under the name that the list says', () => {
  const rows = tableIn(readProjectFile('test/e2e/stories.md'));
  expect(rows.length).toBeGreaterThan(25);
  const missing = rows.filter(({ spec = '', 'its test': name = '' }) => {
    const [file = ''] = codesIn(spec);
    return !readProjectFile(file).includes(`'${name}'`);
  });
  expect(missing).toEqual([]);
});
