import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/identity.md', root), 'utf8');
const tables = [...page.matchAll(/^\| the relay says \| do \|\n\|---\|---\|\n((?:\|.*\n)+)/gm)].map(
  ([, rows]) => rows ?? '',
);
const messages = [
  ...new Set(tables.flatMap((rows) => [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, message]) => message ?? ''))),
];
/** The code with each value that is filled in as one sign, as the page writes it. */
const code = globSync('relay/**/*.ts', { cwd: root })
  .map((file) => readFileSync(new URL(file, root), 'utf8'))
  .join('\n')
  .replaceAll(/(?:\$\{(?:[^{}]|\{[^{}]*\})*\})/g, '…');

it('the page quotes messages in every row, for each provider that has its own and for all', () => {
  const rows = tables.flatMap((table) => table.trimEnd().split('\n'));
  expect(rows.filter((row) => !/^\| `[^`]+`[^|]*\| [^|]+ \|$/.test(row))).toEqual([]);
  for (const heading of [
    'Dex',
    'authentik',
    'Authelia',
    'Amazon Cognito',
    'GitLab',
    'Zitadel',
    'AD FS',
    'PingFederate',
    'When it doesn’t work',
  ]) {
    const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section, heading).toContain('| the relay says | do |');
  }
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
    expect(parts.filter((part) => !code.includes(part))).toEqual([]);
  },
);
