import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import type { BuiltApp } from './build-app.ts';

const optional = new Set(['bufferutil', 'utf-8-validate']);

/** Checks of a built app what packaging relies on; the answer lists what is wrong, empty when all is well. */
export async function verifyBundles(app: BuiltApp): Promise<readonly string[]> {
  const [main, preload, page] = await Promise.all([
    readFile(app.main, 'utf8'),
    readFile(app.preload, 'utf8'),
    readFile(app.page, 'utf8'),
  ]);
  const problems: string[] = [];
  const known = (name: string): boolean =>
    name === 'electron' || optional.has(name) || name.startsWith('node:') || builtinModules.includes(name);
  for (const name of importsOf(main))
    if (!known(name)) problems.push(`The main bundle imports “${name}”, which isn’t packaged.`);
  for (const name of importsOf(preload)) {
    if (name !== 'electron') problems.push(`The preload imports “${name}”, which a sandboxed window doesn’t have.`);
  }
  if (/^\s*(?:import|export)\s/m.test(preload)) problems.push('The preload is no CommonJS file.');
  if (main.includes('electron-stand-in')) problems.push('The main bundle holds parts of the test stand-in.');
  if (/<script(?![^>]*\bsrc=)[^>]*>/i.test(page)) problems.push('The page has an inline script.');
  if (/(?:src|href)="(?:https?:)?\/\//i.test(page)) problems.push('The page loads something from a network.');
  return problems;
}

function importsOf(code: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, name] of code.matchAll(/^(?:import|export)\b[^'"\n]*?from\s*["']([^"'\n]+)["']/gm))
    names.add(name ?? '');
  for (const [, name] of code.matchAll(/^(?:let|const|var)\s[^=\n]+=\s*require\(["']([^"'\n]+)["']\)/gm))
    names.add(name ?? '');
  return names;
}
