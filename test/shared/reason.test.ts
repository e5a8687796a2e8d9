import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { activityEntrySchema } from '../../shared/activity.ts';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import { languages, setLocale } from '../../shared/messages/language.ts';
import { reason as german } from '../../shared/messages/de/reason.ts';
import { reason as english } from '../../shared/messages/en/reason.ts';
import { plainReason } from '../../shared/plain-reason.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { type Reason, reasonsSchema } from '../../shared/reason.ts';
import { reasonsText, saidByRelay } from '../../shared/reason-text.ts';

afterEach(() => setLocale('en'));

const ids = Object.keys(english) as (keyof typeof english)[];
const codeOf = (id: string): string => id.slice('reason.'.length);

/** The sentence with something in each of its holes. */
function filled(id: keyof typeof english): Reason {
  const holes = [...english[id].matchAll(/\{(\w+)(?:\}|, (\w+))/g)];
  return {
    code: codeOf(id),
    values: Object.fromEntries(holes.map(([, name = '', kind]) => [name, kind === 'plural' ? 2 : `<${name}>`])),
  };
}

describe.each(languages)('in %s', (language) => {
  test('every sentence of the relay can be said, with all that it takes', () => {
    setLocale(language);
    const wrong = ids.filter((id) => {
      const said = reasonsText([filled(id)]);
      const words = Object.values(filled(id).values ?? {}).filter((value) => typeof value === 'string');
      return said === null || /[{}]/.test(said) || words.some((word) => !said.includes(word));
    });
    expect(wrong).toEqual([]);
  });

  test('every problem has a title and a hint of its own', () => {
    setLocale(language);
    const codes = Object.keys(problemTexts) as ErrorCode[];
    const titles = codes.map((code) => problemInWords({ code, title: '', detail: '', hint: '', atMs: 0 }));
    expect(titles.filter(({ title, hint }) => title === '' || hint === '')).toEqual([]);
    expect(new Set(titles.map(({ title }) => title)).size).toBe(codes.length);
  });
});

test('no German sentence is the English one', () => {
  const same = ids.filter(
    (id) => english[id] === german[id] && /[a-z]{3,}/.test(english[id].replaceAll(/\{\w+\}/g, '')),
  );
  expect(same).toEqual([]);
});

test('every code is one that the relay says', () => {
  const project = fileURLToPath(new URL('../..', import.meta.url));
  const source = ['relay', 'shared']
    .flatMap((folder) =>
      readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.includes('messages'))
        .map((name) => readFileSync(join(project, folder, name), 'utf8')),
    )
    .join('\n');
  // Codes may be put together, as in reason(`lock-${type}`): their fixed parts count.
  const made = [...source.matchAll(/reason\(`([\w-]*\$\{[^`]*)`|sentence\(`([\w-]*\$\{[^`]*)`/g)].map(
    ([, one, other]) => new RegExp(`^${(one ?? other ?? '').split(/\$\{[^}]*\}/).join('[\\w-]+')}$`),
  );
  const isSaid = (code: string): boolean =>
    source.includes(`'${code}'`) || made.some((pattern) => /\w-|-\w/.test(pattern.source) && pattern.test(code));
  const unsaid = ids.map(codeOf).filter((code) => !isSaid(code));
  expect(unsaid.filter((code) => code !== 'and' && code !== 'or')).toEqual([]);
});

describe('what can’t be said by its code is said as the relay said it', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['nothing', []],
    ['a code of a later version', [{ code: 'of-a-later-version' }]],
    ['a code that objects have', [{ code: 'toString' }]],
    ['one known and one unknown', [{ code: 'allowed' }, { code: 'new' }]],
    ['a part that is unknown', [{ code: 'locked', values: { what: { and: [{ code: 'new' }] }, until: 'x' } }]],
    ['a value too few', [{ code: 'no-rule', values: {} }]],
    ['no values', [{ code: 'no-rule' }]],
    ['a value that only objects have', [{ code: 'no-rule', values: { toString: 'x' } }]],
    ['words where something is counted', [{ code: 'limit-most', values: { count: 'two', every: 'x' } }]],
  ])('%s', (_what, reasons) => {
    const read = reasonsSchema.optional().catch(undefined).parse(reasons);
    expect(saidByRelay('As it came.', read)).toBe('As it came.');
  });

  test.each<[string, unknown]>([
    ['no list', 'x'],
    ['a value of another kind', [{ code: 'no-rule', values: { request: { never: 1 } } }]],
    ['two kinds at once', [{ code: 'no-rule', values: { request: { any: ['a'], all: ['b'] } } }]],
    ['a time that isn’t one', [{ code: 'until', values: { time: { atMs: 'soon' } } }]],
    ['more than there can be', Array.from({ length: 51 }, () => ({ code: 'allowed' }))],
    ['deeper than there is', deep(40)],
  ])('a request is shown all the same with %s', (_what, reasons) => {
    const read = activityEntrySchema.parse({ ...entry, reasons });
    expect(saidByRelay(read.reason, read.reasons)).toBe('As it came.');
  });

  const entry = {
    requestId: 'r1',
    timeMs: 0,
    api: 'orders',
    method: 'GET',
    path: '/',
    decision: 'deny',
    rule: null,
    reason: 'As it came.',
    unlockedBy: [],
    status: 403,
    outcome: 'completed',
    durationMs: 1,
    requestBytes: 0,
    responseBytes: 0,
  };

  function deep(levels: number): unknown {
    return levels === 0 ? [] : [{ code: 'any-of', values: { parts: { or: deep(levels - 1) } } }];
  }
});

test('whatever a relay sends, reading and saying it never throws', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.record({ atMs: fc.double() }),
    fc.record({ any: fc.array(fc.string()) }),
  );
  const sentence = fc.record({
    code: fc.oneof(fc.constantFrom(...ids.map(codeOf)), fc.string()),
    values: fc.dictionary(fc.constantFrom('rule', 'time', 'count', 'until', 'limit', 'most', 'request'), value),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(sentence, fc.jsonValue())), fc.constantFrom(...languages), (reasons, language) => {
      setLocale(language);
      const read = reasonsSchema.optional().catch(undefined).parse(reasons);
      expect(typeof saidByRelay('As it came.', read)).toBe('string');
    }),
  );
});

test('times, numbers and lists are written as the person’s language does', () => {
  const lock = { code: 'until', values: { time: { atMs: Date.UTC(2026, 4, 3, 12) } } };
  setLocale('de');
  expect(reasonsText([lock])).toMatch(/^bis 03\.05\.2026, \d\d:00$/);
  expect(reasonsText([{ code: 'body-too-large', values: { bytes: 1_048_576 } }])).toBe(
    'Erlaubt sind höchstens 1.048.576 Bytes.',
  );
  expect(reasonsText([{ code: 'unlocked-by-any', values: { groups: { any: ['a', 'b', 'c'] } } }])).toBe(
    'Eine der Gruppen a, b oder c würde es freigeben.',
  );
  setLocale('en');
  expect(plainReason(lock)).toBe('until 2026-05-03T12:00:00.000Z');
  expect(reasonsText([lock])).toMatch(/^until May 3, 2026, \d+:00/);
});
