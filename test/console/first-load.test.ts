import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { consoleFiles } from '../../build/build-console.ts';

const mostBytes = 250_000;

let folder: string;

beforeAll(async () => {
  folder = await consoleFiles();
});

async function gzipped(name: string): Promise<number> {
  return gzipSync(await readFile(join(folder, name))).byteLength;
}

/** Files that a file names, and those that these name: what a browser loads along with it. */
async function loadedWith(name: string, isStatic: boolean, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (found.has(name)) return found;
  found.add(name);
  if (!/\.(?:html|js)$/.test(name)) return found;
  const text = await readFile(join(folder, name), 'utf8');
  const pattern = isStatic
    ? /(?:from|import)\s*["']\.\/([\w.-]+)["']|(?:src|href)="\/console\/assets\/([\w.-]+)"/g
    : /["'(`](?:\.\/|\/console\/assets\/|assets\/)([\w.-]+\.(?:js|css))/g;
  for (const [, first, second] of text.matchAll(pattern))
    await loadedWith(`assets/${first ?? second}`, isStatic, found);
  return found;
}

test('the first page comes with at most 250 kB, compressed, chart and all', async () => {
  const entry = await loadedWith('index.html', true);
  expect(entry.size).toBeGreaterThan(2);
  const names = await readdir(join(folder, 'assets'));
  const overview = names.find((name) => name.startsWith('overview-page'));
  const plot = names.filter((name) => name.startsWith('plot'));
  expect(overview).toBeDefined();
  expect(plot.length).toBeGreaterThan(0);
  const all = new Set([...entry, ...plot.map((name) => `assets/${name}`)]);
  for (const name of await loadedWith(`assets/${overview}`, true)) all.add(name);
  const bytes = (await Promise.all([...all].map(gzipped))).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThanOrEqual(mostBytes);
});

test('each page is a file of its own that is loaded when it is opened', async () => {
  const entry = await loadedWith('index.html', true);
  expect([...entry].filter((name) => name.includes('-page'))).toEqual([]);
  expect([...(await loadedWith('index.html', false))].filter((name) => name.includes('-page')).length).toBeGreaterThan(
    2,
  );
});

test('it is built as it is shipped, without the libraries’ development code', async () => {
  const [entry = ''] = (await readdir(join(folder, 'assets'))).filter((name) => /^index-.*\.js$/.test(name));
  expect(await readFile(join(folder, 'assets', entry), 'utf8')).not.toContain('React DevTools');
});

test('nothing is loaded from elsewhere, and no script or style stands in the page', async () => {
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  expect(page).not.toMatch(/<style|<script(?![^>]*\bsrc=)|https?:\/\//);
});
