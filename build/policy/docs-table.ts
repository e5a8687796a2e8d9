import { templateKeys, type TemplateKey } from './policy-facts.ts';

/** Where the table stands in the page. */
export const docsPage = 'docs/managed-settings.md';
const begin = '<!-- begin keys: npm run policy-templates -->';
const end = '<!-- end keys -->';

/** The page with its table made anew. @throws Error when the page has no place for it */
export function withDocsTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${docsPage} has no place for the table.`);
  return `${page.slice(0, from)}${begin}\n\n${docsTable()}\n\n${page.slice(to)}`;
}

function docsTable(): string {
  const rows = templateKeys.map(
    (key) =>
      `| \`${key.name}\` | ${typeOf(key)} | \`${registryTypeOf(key)}\` | ${key.fallback.en} | ${key.applies.join(', ')} | ${key.text.en} |`,
  );
  return ['| key | takes | registry | default | where | what it does |', '|---|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function typeOf({ form }: TemplateKey): string {
  switch (form.type) {
    case 'boolean':
      return 'true or false';
    case 'whole':
      return `whole number, ${form.min} to ${form.max}`;
    case 'choice':
      return form.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'text':
      return `text, such as \`${form.example}\``;
    case 'list':
      return `list of texts, such as \`${JSON.stringify(form.example)}\``;
    case 'table':
      return `values by name, such as \`${JSON.stringify(form.example)}\``;
  }
}

function registryTypeOf({ form }: TemplateKey): string {
  switch (form.type) {
    case 'boolean':
    case 'whole':
      return 'REG_DWORD';
    case 'choice':
    case 'text':
      return 'REG_SZ';
    case 'list':
    case 'table':
      return 'REG_MULTI_SZ';
  }
}
