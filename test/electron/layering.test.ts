import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Shipped sources, by path from the project's root. */
const sources = new Map(
  ['electron', 'client', 'renderer', 'ui', 'console', 'shared', 'relay']
    .flatMap((folder) =>
      readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(project, folder, name),
      ),
    )
    .filter((path) => /\.(?:ts|tsx|html)$/.test(path))
    .map((path) => [relative(project, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
);

function filesWith(pattern: RegExp): readonly string[] {
  return [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

describe('what may touch what', () => {
  test('only the listed files import Electron', () => {
    const importers = filesWith(/(?:from|import|require\()\s*\(?['"]electron(?:\/\w+)?['"]/);
    expect(importers.length).toBeGreaterThan(5);
    for (const path of importers) expect(path).toMatch(/^electron\/(?:main\.ts|preload\.ts|shell\/[\w-]+\.ts)$/);
  });

  test('one place calls shell.openExternal', () => {
    expect(filesWith(/shell\s*\.\s*openExternal|\{[^}]*openExternal[^}]*\}\s*=\s*shell/)).toEqual([
      'electron/shell/open-external.ts',
    ]);
    expect(filesWith(/shell\s*\.\s*openPath|openPath\(/)).toEqual([]);
  });

  test('nothing of the test support is named by shipped code', () => {
    expect(filesWith(/from ['"][^'"]*\/test\//)).toEqual([]);
  });

  test('no remote module, no Node in pages, no disabled web security anywhere', () => {
    expect(
      filesWith(
        /@electron\/remote|nodeIntegration\w*: true|contextIsolation: false|webSecurity: false|sandbox: false|allowRunningInsecureContent: true|experimentalFeatures: true|enableBlinkFeatures|webviewTag: true/,
      ),
    ).toEqual([]);
  });

  test('the pages’ sources make no HTML from text', () => {
    const pages = filesWith(/dangerouslySetInnerHTML|\.innerHTML\s*=|document\.write/).filter((path) =>
      /^(?:renderer|ui|console)\//.test(path),
    );
    expect(pages).toEqual([]);
  });
});
