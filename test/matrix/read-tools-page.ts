import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ConfigInput } from '../support/demo-config.ts';

type ApiKeys = Partial<ConfigInput['apis'][number]>;

const page = readFileSync(new URL('../../docs/tools.md', import.meta.url), 'utf8');

/** The cells of each row of the table below a heading of docs/tools.md, without the table’s own head. */
export function readToolsTable(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /mu).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/tools.md has no part “${heading}”`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split(/(?<!\\)\|/u).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** The keys of an API that docs/tools.md names for a tool, such as `paths: { allow: [semicolon] }`; empty for “none”. */
export function readToolKeys(name: string): ApiKeys {
  const keys = readToolsTable('Tools with their servers').find(([tool]) => tool === name)?.[1];
  if (keys === undefined) throw new Error(`docs/tools.md has no row “${name}”`);
  const spans = Array.from(keys.matchAll(/`([^`]+)`/gu), ([, code = '']) => parse(code) as ApiKeys);
  return Object.assign({}, ...spans) as ApiKeys;
}
