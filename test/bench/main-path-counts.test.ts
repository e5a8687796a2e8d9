import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

type Counts = Readonly<Record<string, string | number>>;

const bench = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const keptFile = new URL('../../bench/main-path-counts.jsonl', import.meta.url);
const allowed = 0.1;

function read(lines: string): Counts[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Counts);
}

test('a request costs client and relay what it did: calls of the system, bytes and objects are within 10 % of those kept', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [bench, 'main-path-counts', '--quick', '--json']);
  const [kept, counted] = [read(readFileSync(keptFile, 'utf8')), read(stdout)];
  expect(counted.map(({ system }) => system)).toEqual(['client', 'relay']);
  for (const [index, counts] of counted.entries())
    for (const [name, count] of Object.entries(counts)) {
      if (typeof count !== 'number') continue;
      const was = Number(kept[index]?.[name]);
      const words = `${name} of the ${String(counts['system'])} was ${was}, is ${count}: if that is meant, see docs/performance.md`;
      expect(Math.abs(count - was) / was, words).toBeLessThanOrEqual(allowed);
    }
}, 400_000);
