import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findLiteralText, makesTextAtOnce, wordsGivenTo } from './find-literal-text.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const sourceOf = (file: string): string => readFileSync(join(project, file), 'utf8');

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => /\.tsx?$/.test(name) && !/(?:messages|page-texts)\/(?:en|de)(?:\/|\.ts)/.test(name));
}

/** Pages outside the window: what the relay and the end of a sign-in show in the browser. */
const pages = [
  'client/sign-in/callback-page.ts',
  'client/sign-in/callback-server.ts',
  'client/sign-in/judge-callback.ts',
  'relay/admin/console/console-pages.ts',
  'relay/admin/console/page-answer.ts',
  'relay/break-glass/page-files.ts',
  'relay/break-glass/pages.ts',
  'relay/break-glass/refusal.ts',
  'relay/saml/bridge-pages.ts',
] as const;

/** Texts that stand in code for a reason; `words` of one text, all of a file where they are left out. */
const exceptions: readonly { readonly file: string; readonly words?: readonly string[]; readonly why: string }[] = [
  { file: 'renderer/model/snippets.ts', why: 'code for other programs, and names of languages and programs' },
  { file: 'renderer/components/command-palette.tsx', words: ['Ctrl'], why: 'as it stands on the key' },
  { file: 'electron/app-files.ts', why: 'answers to requests that only a defect or an attack makes' },
  { file: 'electron/deep-link.ts', why: 'why a link is ignored: nobody is shown it' },
  { file: 'electron/ipc-router.ts', why: 'refusals of what the window never asks' },
  {
    file: 'electron/autostart-entry.ts',
    words: ['Comment=One-click access to internal APIs', 'Comment[de]=Zugang zu internen APIs mit einem Klick'],
    why: 'a file that holds each language',
  },
  { file: 'electron/device.ts', words: ['Windows', 'Linux'], why: 'names' },
  { file: 'electron/log-file.ts', words: ['Library', 'Logs'], why: 'folders' },
  { file: 'electron/install-way.ts', words: ['Uninstall Causeway.exe'], why: 'a file' },
  { file: 'electron/updates.ts', why: 'for the log, and details of a refused update for IT, as its check says them' },
  { file: 'electron/shell/update-installer.ts', why: 'details of a failed update for IT' },
  { file: 'client/sign-in/callback-page.ts', why: 'a style and a policy' },
  { file: 'relay/admin/console/console-pages.ts', why: 'a style' },
  { file: 'relay/break-glass/page-files.ts', why: 'a style and a script' },
  {
    file: 'relay/break-glass/pages.ts',
    words: [
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ],
    why: 'a policy',
  },
  { file: 'relay/saml/bridge-pages.ts', why: 'a style and a policy' },
];
const product = 'Causeway';

const scanned = [...['renderer', 'ui', 'electron'].flatMap(filesIn), ...pages];
const found = scanned.flatMap((file) => findLiteralText(file, sourceOf(file)).map((each) => ({ file, ...each })));
const isExcepted = (file: string, words: string): boolean =>
  exceptions.some((each) => each.file === file && (each.words?.includes(words) ?? true));

describe('what finds literal text', () => {
  test.each([
    ['<p>Sign in again</p>', 'Sign in again'],
    ['<p>{count} left</p>', 'left'],
    ['<b title="Copy it" />', 'Copy it'],
    ['<b aria-label={`Copy ${name}`} />', 'Copy …'],
    ["<Row heading={known ? 'Known to us' : null} />", 'Known to us'],
    ["const notice = { title: 'New device' };", 'New device'],
    ["const words = { closed: 'is closed' } as const;", 'is closed'],
    ["function words() { return 'is busy'; }", 'is busy'],
    ["tray.setToolTip('Needs your attention');", 'Needs your attention'],
    ["show({ buttons: ['Cancel', other] });", 'Cancel'],
    ["throw new AccessError('bad-input', 'That is too long.');", 'That is too long.'],
    ["const told = name + ' has ended it';", 'has ended it'],
    ['const page = `<h1>${title}</h1><p class="a b">Signed out</p>`;', 'Signed out'],
    ['const field = `<input name="a b" placeholder="Your name">`;', 'Your name'],
  ])('%s has “%s”', (source, words) => {
    expect(findLiteralText('x.tsx', source).map((each) => each.words)).toEqual([words]);
  });

  test.each([
    ['<p className="Flex Wide of">{text(\'api.on\')}</p>'],
    ['<p>, {name}.</p>'],
    ["const look = on ? 'border-accent text-ink' : 'hover:bg-line rounded-md';"],
    ["if (event.key === 'Arrow Down') open();"],
    ["switch (key) { case 'Arrow Down': open(); }"],
    [
      "log.warn({ err }, 'this is for the log'); options.log.info('this, too'); options.onProblem(error, 'and this is');",
    ],
    ["if (root === null) throw new Error('The page has no root');"],
    ["import { a } from './Some file.ts';"],
    ["type Words = 'is closed' | 'is open';"],
    ['const link = `<a href="${url}" class="is plain">${words}</a>`;'],
  ])('%s has none', (source) => {
    expect(findLiteralText('x.tsx', source)).toEqual([]);
  });
});

test('a source that can’t be read isn’t taken for one without text', () => {
  expect(() => findLiteralText('x.tsx', 'const page = <p>Sign in</p><p>again</p>;')).toThrow('x.tsx can’t be read');
});

test('no text that people read stands in code', () => {
  expect(scanned.length).toBeGreaterThan(200);
  const left = found.filter(({ file, words }) => words !== product && !isExcepted(file, words));
  expect(left.map(({ file, line, words }) => `${file}:${line}: ${words}`)).toEqual([]);
});

test('each exception is still there', () => {
  const gone = exceptions.flatMap(({ file, words }) => {
    const there = found.filter((each) => each.file === file).map((each) => each.words);
    if (words === undefined) return there.length === 0 ? [file] : [];
    return words.filter((each) => !there.includes(each)).map((each) => `${file}: ${each}`);
  });
  expect(gone).toEqual([]);
});

test('each page that is made anywhere is among them', () => {
  // Mails are in English, as all that the relay sends to people outside the app.
  const mails = ['relay/notify/notice-text.ts'];
  const makers = ['client', 'electron', 'relay', 'shared']
    .flatMap(filesIn)
    .filter((file) => /<!doctype|<html\b|<body\b/i.test(sourceOf(file)));
  expect(makers.filter((file) => !mails.includes(file) && !(pages as readonly string[]).includes(file))).toEqual([]);
  expect(makers.filter((file) => mails.includes(file))).toEqual(mails);
});

/** Where a failure’s own title or hint is taken, which are English: `problemInWords` has them in the person’s language. */
function takesEnglishOf(source: string): readonly string[] {
  const taken =
    /(?<![\w.])(?:\w+\.)*\w*[pP]roblem\.(?:title|hint)\b|\{[^{}]*\b(?:title|hint)\b[^{}]*\} = (?:\w+\.)*\w*[pP]roblem;/g;
  return [...source.matchAll(taken)].map(([words]) => words);
}

test('what failed and what to do is said in the person’s language', () => {
  expect(takesEnglishOf('show(connection.problem.title);')).toEqual(['connection.problem.title']);
  expect(takesEnglishOf('const { title, detail } = signIn.renewalProblem;')).toHaveLength(1);
  expect(takesEnglishOf('show(problemInWords(connection.problem).title, problem.detail);')).toEqual([]);
  const found = ['renderer', 'electron'].flatMap(filesIn).flatMap((file) => {
    const source = sourceOf(file);
    const own = takesEnglishOf(source).map((words) => `${file}: ${words}`);
    // The primitive shows what it is given.
    const isBare = /import \{ ProblemCard \} from '[./]*ui\//.test(source);
    return isBare ? [...own, `${file}: ProblemCard of ui/`] : own;
  });
  expect(found).toEqual([]);
});

describe('what the relay’s pages are given', () => {
  const givers = /^(?:Refusal|PageError|saidRefusal|messagePage|signedOutPage)$/;

  test('is found where it stands in the call', () => {
    const source =
      "throw new Refusal(403, () => 'That is too old.', {}); messagePage(pageText('a.b'), `Ask ${name} for it`);";
    expect(wordsGivenTo(givers, 'x.ts', source).map(({ words }) => words)).toEqual([
      'That is too old.',
      'Ask … for it',
    ]);
    expect(wordsGivenTo(givers, 'x.ts', "throw new AccessError('bad-input', 'That is too old.');")).toEqual([]);
  });

  test('comes from a catalog', () => {
    const calls = filesIn('relay').map((file) => [file, sourceOf(file)] as const);
    expect(calls.filter(([, source]) => /\b(?:Refusal|PageError|messagePage)\(/.test(source)).length).toBeGreaterThan(
      10,
    );
    const left = calls.flatMap(([file, source]) =>
      wordsGivenTo(givers, file, source).map(({ line, words }) => `${file}:${line}: ${words}`),
    );
    expect(left).toEqual([]);
  });
});

test('what the client’s failures say comes from a catalog', () => {
  // What only the command line says, by itself, over its link to the app, or for a service, is English.
  const files = filesIn('client').filter((file) => !/^client\/(?:app-link|cli|services)\//.test(file));
  const left = files.flatMap((file) =>
    wordsGivenTo(/^(?:AccessError|askRelay|ask)$/, file, sourceOf(file)).map(
      ({ line, words }) => `${file}:${line}: ${words}`,
    ),
  );
  expect(left).toEqual([]);
});

test('no text is made at module scope, before the language is known', () => {
  const early = [...scanned, ...filesIn('relay'), ...filesIn('client')].filter((file) =>
    makesTextAtOnce(file, sourceOf(file)),
  );
  expect(early).toEqual([]);
  expect(makesTextAtOnce('x.ts', "export const words = text('a.b');")).toBe(true);
  expect(makesTextAtOnce('x.ts', "export const words = () => text('a.b');")).toBe(false);
});
