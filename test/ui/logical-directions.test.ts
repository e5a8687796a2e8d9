import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Tailwind's classes that mean the left or the right side, whatever the direction of the script is. */
const physical =
  /(?<![\w.-])(?:[\w@[\]<>=&.*/%-]+:)*-?(?:m[lr]|p[lr]|scroll-[mp][lr]|left|right|border-[lr]|rounded-(?:[lr]|[tb][lr]))-[\w[]|(?<![\w-])(?:text|float|clear)-(?:left|right)(?![\w-])|(?<![\w-])(?:border-[lr]|rounded-[lr])(?=[\s"'`])|(?<![\w-])(?:[\w[\]=-]+:)*-?translate-x-/;

function sourceFiles(folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx|ts|css)$/.test(name))
    .map((name) => join(folder, name));
}

/** Lines whose quoted text holds a physical class; `side="right"` and the like of libraries are no classes. */
function physicalLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => [...line.matchAll(/"[^"]*"|'[^']*'|`[^`]*`/g)].some(([quoted]) => physical.test(quoted)));
}

describe('directions are logical', () => {
  test.each(['"flex ml-2"', "'hover:pr-4'", '`-left-1 top-0`', '"text-left"', '"@min-[8rem]:pl-2.5"', '"rounded-l"'])(
    'the search sees %s',
    (line) => expect(physicalLines(line)).toEqual([line]),
  );

  test.each(['side="right"', "align: 'left'", '"ms-2 pe-4 start-0 text-end"', "'moved to the left'"])(
    'the search lets %s through',
    (line) => expect(physicalLines(line)).toEqual([]),
  );

  test.each(['ui', 'renderer', 'console'])('%s/ names no left and no right', (folder) => {
    const found = sourceFiles(folder).flatMap((file) =>
      physicalLines(readFileSync(join(project, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});
