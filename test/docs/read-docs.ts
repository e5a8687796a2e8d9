import { readFileSync } from 'node:fs';

/** One row of a table, by the heads of its columns. */
export type Row = Readonly<Record<string, string>>;

export const readProjectFile = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const cellsOf = (line: string): string[] =>
  line
    .slice(1, line.trimEnd().length - 1)
    .split('|')
    .map((cell) => cell.trim());

/** What stands between a heading, or any other line that begins so, and the next heading of a page. */
export function sectionOf(page: string, heading: string): string {
  const lines = page.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(heading));
  if (begin === -1) throw new Error(`No “${heading}” is on the page`);
  const length = lines.slice(begin + 1).findIndex((line) => /^#+ /u.test(line));
  return lines.slice(begin, length === -1 ? undefined : begin + 1 + length).join('\n');
}

/** The rows of the first table in a text. */
export function tableIn(text: string): readonly Row[] {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith('|'));
  if (begin === -1) throw new Error('No table is there');
  const [head = '', , ...rest] = lines.slice(begin);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const names = cellsOf(head.replaceAll('`', ''));
  return rest.slice(0, end === -1 ? undefined : end).map((line) => {
    const cells = cellsOf(line);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

/** What stands in backticks within a line, outside of blocks. */
export const codesIn = (text: string): string[] =>
  [...text.replaceAll(/^```[^]*?^```$/gmu, '').matchAll(/`([^`\n]+)`/gu)].map(([, code = '']) => code);
