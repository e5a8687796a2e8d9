import { shellWords } from '../support/run-relay-command.ts';
import { codesIn, readProjectFile } from './read-docs.ts';

/** Pages of which each command is run by a test. */
export const pages = ['audit', 'reports', 'sessions', 'storage'] as const;
type Page = (typeof pages)[number];

/** A command as a page shows it. */
export interface ShownCommand {
  readonly page: Page;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly program: 'relay' | 'causeway';
  /** As somebody types it, without the name of the program. */
  readonly line: string;
}

/** A test that runs commands of a page, as they stand there. */
interface Runner {
  /** In this folder, without `.test.ts`, or a path of the project. */
  readonly test: string;
  readonly page: Page;
  /** Under these headings; on the whole page, but what others run, when left out. */
  readonly headings?: readonly string[];
}

/** Who runs what is to be typed: lines of blocks and tables of commands. */
const runners = {
  'an auditor': { test: 'audit-commands', page: 'audit', headings: ['### For an auditor'] },
  'erasing a person': { test: 'audit-commands', page: 'audit', headings: ['## Erasing a person'] },
  'ten questions': { test: 'audit-questions', page: 'audit', headings: ['### Ten questions'] },
  'the audit of several relays': {
    test: 'audit-reading',
    page: 'audit',
    headings: ['## The audit of several relays'],
  },
  'the audit of one relay': { test: 'audit-reading', page: 'audit' },
  reports: { test: 'test/relay/commands/report', page: 'reports' },
  'sessions and locks': { test: 'sessions', page: 'sessions', headings: ['## Sessions', '## Locks'] },
  'moving a folder': { test: 'storage', page: 'storage', headings: ['## Moving a folder to PostgreSQL'] },
  'a backup': { test: 'storage', page: 'storage', headings: ['## Backup'] },
} as const satisfies Readonly<Record<string, Runner>>;

/** Each group of commands that a test runs, with the test. */
export const runnersOfPages: readonly (Runner & { readonly group: RunGroup })[] = Object.entries(runners).map(
  ([group, runner]) => ({ group: group as RunGroup, ...runner }),
);
export type RunGroup = keyof typeof runners;

/**
 * What sentences of the pages speak of and no block shows, as commands-in-sentences.test.ts runs it, in this order. Words in
 * capitals are filled in there.
 */
export const runInSentences: readonly Pick<ShownCommand, 'program' | 'line'>[] = [
  { program: 'relay', line: 'check-config' },
  { program: 'relay', line: 'upgrade-check' },
  { program: 'relay', line: 'audit sinks' },
  { program: 'relay', line: 'explain --relay ID --at NOW --groups developers GET echo/' },
  { program: 'relay', line: 'access approve ID --reason "Incident 12"' },
  { program: 'relay', line: 'access refuse ID --reason "Not now"' },
  { program: 'relay', line: 'access revoke ID --reason "Cleared"' },
  { program: 'causeway', line: 'status' },
  { program: 'causeway', line: 'apis' },
  { program: 'causeway', line: 'connect API' },
  { program: 'causeway', line: 'sessions' },
  { program: 'causeway', line: 'sessions rename ID "NAME"' },
  { program: 'causeway', line: 'sessions end ID' },
  { program: 'causeway', line: 'sessions end --others' },
  { program: 'relay', line: 'revoke alice --reason "Left"' },
];

const typed = /^npm run relay -- (.+)$/;
/** The table of this section has commands without the program, as those of a column are all the relay’s. */
const bareTable = '### Ten questions';

interface Line {
  readonly heading: string;
  readonly text: string;
  readonly isInBlock: boolean;
}

function linesOf(page: Page): readonly Line[] {
  let [heading, isInBlock] = ['', false];
  return readProjectFile(`docs/${page}.md`)
    .split('\n')
    .flatMap((text) => {
      if (text.startsWith('```')) {
        isInBlock = !isInBlock;
        return [];
      }
      if (!isInBlock && /^#+ /.test(text)) heading = text;
      return [{ heading, text, isInBlock }];
    });
}

/** What a page shows to be typed. */
export function typedOn(page: Page): readonly ShownCommand[] {
  return linesOf(page).flatMap(({ heading, text, isInBlock }): readonly ShownCommand[] => {
    if (isInBlock) {
      const line = typed.exec(text)?.[1];
      if (line !== undefined) return [{ page, heading, program: 'relay', line }];
      return text.startsWith('causeway ')
        ? [{ page, heading, program: 'causeway', line: text.slice('causeway '.length) }]
        : [];
    }
    const isBare = heading === bareTable && text.startsWith('|');
    return codesIn(text).flatMap((code) => {
      const line = typed.exec(code)?.[1] ?? (isBare ? code : undefined);
      return line === undefined ? [] : [{ page, heading, program: 'relay' as const, line }];
    });
  });
}

/** What a test runs of a page. */
export function commandsOf(group: RunGroup): readonly string[] {
  const { page, headings }: Runner = runners[group];
  const others = runnersOfPages.filter((other) => other.group !== group && other.page === page);
  const isOfOther = (heading: string): boolean => others.some((other) => other.headings?.includes(heading) === true);
  return typedOn(page)
    .filter(({ heading }) => (headings === undefined ? !isOfOther(heading) : headings.includes(heading)))
    .map(({ line }) => line);
}

/**
 * What sentences and tables of a page speak of: `relay …`, `causeway …` and, as they stand in `names`, commands of the relay
 * alone. One that is written `a|b` is two.
 */
export function mentionedOn(page: Page, names: readonly string[]): readonly ShownCommand[] {
  const outside = linesOf(page).filter(({ isInBlock }) => !isInBlock);
  return outside.flatMap(({ heading, text }) =>
    codesIn(text).flatMap((code): readonly ShownCommand[] => {
      if (typed.test(code)) return [];
      const [first = '', ...rest] = code.split(' ');
      if (first === 'causeway' && rest.length > 0)
        return [{ page, heading, program: 'causeway', line: rest.join(' ') }];
      const line = first === 'relay' ? rest.join(' ') : code;
      const isCommand = names.some((name) => line === name || line.startsWith(`${name} `));
      if (line === '' || (first !== 'relay' && !isCommand)) return [];
      return alternativesOf(line).map((one) => ({ page, heading, program: 'relay' as const, line: one }));
    }),
  );
}

function alternativesOf(line: string): readonly string[] {
  const several = line.split(' ').find((word) => /^[a-z-]+(?:\|[a-z-]+)+$/.test(word));
  return several === undefined ? [line] : several.split('|').map((one) => line.replace(several, one));
}

/** Whether a command is an example of what a sentence speaks of: the same words up to the first option, and all its options. */
export function isExampleOf(
  { program, line }: Pick<ShownCommand, 'program' | 'line'>,
  mentioned: Pick<ShownCommand, 'program' | 'line'>,
): boolean {
  const [words, wanted] = [shellWords(line), shellWords(mentioned.line)];
  const at = wanted.findIndex((word) => word.startsWith('-') || /^[A-Z]+$/.test(word));
  const path = at === -1 ? wanted : wanted.slice(0, at);
  const options = wanted.filter((word) => word.startsWith('-'));
  return (
    program === mentioned.program &&
    path.every((word, index) => words[index] === word) &&
    options.every((option) => words.includes(option))
  );
}
