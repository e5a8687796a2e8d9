import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/identity.md', root), 'utf8');
const section = /^## When it doesn’t work\n(.*?)^## /ms.exec(page)?.[1] ?? '';
const messages = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, message]) => message ?? '');
/** The code with each value that is filled in as one sign, as the page writes it. */
const code = globSync('relay/**/*.ts', { cwd: root })
  .map((file) => readFileSync(new URL(file, root), 'utf8'))
  .join('\n')
  .replaceAll(/(?:\$\{(?:[^{}]|\{[^{}]*\})*\})/g, '…');

it('the page quotes messages', () => {
  expect(messages.length).toBeGreaterThan(5);
});

it.each(messages.filter((message) => !message.startsWith('fetch failed')))(
  'docs/identity.md quotes “%s” as the relay says it',
  (message) => {
    const parts = message
      .replaceAll(/“[^”]*”/g, '…')
      .split('…')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(code).toContain(part);
  },
);
