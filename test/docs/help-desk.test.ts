import { describe, expect, test } from 'vitest';
import { hopNames } from '../../shared/diagnostics.ts';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import { de } from '../../shared/messages/de.ts';
import { en } from '../../shared/messages/en.ts';
import { noticeFactsSchema } from '../../shared/notice.ts';
import { problemActions } from '../../shared/problem-action.ts';
import { codesIn, readProjectFile, type Row, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/help-desk.md');
const rowsOf = (heading: string): readonly Row[] => tableIn(sectionOf(page, heading));
const english: Readonly<Record<string, string>> = en;

/** A message as the page writes it: values are an ellipsis. */
const asWritten = (message: string): string => message.replaceAll(/\{\w+\}/g, '…');

describe('the help desk’s page', () => {
  test('has each message in both languages, with its button, in the order of the code, and no other', () => {
    const said = rowsOf('## Messages').map(({ code, 'the app says': words, button }) => [code, words, button]);
    expect(said).toEqual(
      Object.entries(problemTexts).map(([code, { title }]) => [
        `\`${code}\``,
        `${title}<br>*${de[`problem.${code as ErrorCode}.title`]}*`,
        en[`problem-action.${problemActions[code as ErrorCode]}`],
      ]),
    );
  });

  test('has each step of Diagnostics, and no other', () => {
    expect(rowsOf('## Steps of Diagnostics').map(({ step }) => step)).toEqual(
      hopNames.map((hop) => en[`diagnostics.hop.${hop}`]),
    );
  });

  test('has each kind of notice with its button, and no other', () => {
    const kinds = noticeFactsSchema.options.flatMap(({ shape }) =>
      'values' in shape.kind ? [...shape.kind.values] : shape.kind.options,
    );
    const rows = rowsOf('## Notices').map(({ kind = '', button }) => [codesIn(kind)[0], button]);
    expect(rows).toEqual(kinds.map((kind) => [kind, english[`notices.${kind}.action`]]).sort(byPlace(rows)));
    expect(rows).toHaveLength(kinds.length);
  });

  test('says of each banner what the app says', () => {
    const titles = new Set(Object.values(english).map(asWritten));
    const rows = rowsOf('## Banners that aren’t errors');
    expect(rows.filter(({ 'the app says': words = '' }) => !titles.has(words))).toEqual([]);
    const source = readProjectFile('renderer/model/banner.ts');
    const used = [...source.matchAll(/title: text\('(banner\.[\w-]+)'/g)].map(([, id = '']) => english[id] ?? '');
    const missing = used.map(asWritten).filter((title) => !rows.some((row) => row['the app says'] === title));
    expect(missing).toEqual([]);
  });

  test.each(['## Messages', '## Steps of Diagnostics', '## Notices', '## Banners that aren’t errors'])(
    'leaves no cell empty under “%s”',
    (heading) => {
      expect(rowsOf(heading).filter((row) => Object.values(row).includes(''))).toEqual([]);
    },
  );
});

/** The order of the page, for a comparison that isn't about order. */
function byPlace(
  rows: readonly (readonly unknown[])[],
): (one: readonly unknown[], other: readonly unknown[]) => number {
  const place = (row: readonly unknown[]): number => rows.findIndex(([kind]) => kind === row[0]);
  return (one, other) => place(one) - place(other);
}
