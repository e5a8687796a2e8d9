import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands } from '../../relay/start/add-commands.ts';
import {
  commandsOf,
  isExampleOf,
  mentionedOn,
  pages,
  runInSentences,
  runnersOfPages,
  typedOn,
} from './page-commands.ts';
import { readProjectFile } from './read-docs.ts';

/** Names of all commands of the relay, such as `audit list`. */
function namesOf(program: Command, before = ''): readonly string[] {
  return program.commands.flatMap((command) => {
    const name = `${before}${command.name()}`;
    return command.commands.length > 0 ? namesOf(command, `${name} `) : [name];
  });
}

/** Commands of one word that pages use for nothing else; others, such as `status`, are fields and messages, too. */
const alone = ['backup', 'check-config', 'explain', 'restore', 'revoke', 'upgrade-check'];
const relay = new Command('relay');
addCommands(relay, () => undefined);
const names = namesOf(relay).filter((name) => name.includes(' ') || alone.includes(name));

const runs = [
  ...runInSentences,
  ...runnersOfPages.flatMap(({ group }) => commandsOf(group).map((line) => ({ program: 'relay' as const, line }))),
];
const where = ({ page, heading, line }: { page: string; heading: string; line: string }): string =>
  `docs/${page}.md, ${heading}: ${line}`;

test.each(pages)('each command that docs/%s.md shows to be typed is run by one test', (page) => {
  const shown = typedOn(page);
  expect(shown.length).toBeGreaterThan(1);
  const groups = runnersOfPages.filter((runner) => runner.page === page);
  const runOf = ({ line }: (typeof shown)[number]): number =>
    groups.filter(({ group }) => commandsOf(group).includes(line)).length;
  expect(shown.filter((command) => command.program !== 'relay' || runOf(command) === 0).map(where)).toEqual([]);
  expect(groups.flatMap(({ group }) => commandsOf(group)).toSorted()).toEqual(shown.map(({ line }) => line).toSorted());
});

test.each(runnersOfPages)('$test runs what the page shows ($group)', ({ test: name, group }) => {
  const path = name.includes('/') ? `${name}.test.ts` : `test/docs/${name}.test.ts`;
  expect(readProjectFile(path)).toContain(`commandsOf('${group}')`);
  expect(commandsOf(group)).not.toEqual([]);
});

test.each(pages)('each command that a sentence of docs/%s.md speaks of is run by a test', (page) => {
  const mentioned = mentionedOn(page, names);
  expect(mentioned.length).toBeGreaterThan(1);
  expect(mentioned.filter((command) => !runs.some((run) => isExampleOf(run, command))).map(where)).toEqual([]);
});

test('no command is run in place of one that no sentence speaks of any more', () => {
  const mentioned = pages.flatMap((page) => mentionedOn(page, names));
  expect(runInSentences.filter((run) => !mentioned.some((command) => isExampleOf(run, command)))).toEqual([]);
});

test('a command that nothing runs is found', () => {
  expect(alone.filter((name) => !names.includes(name))).toEqual([]);
  const relayRuns = { program: 'relay', line: 'audit list --user alice' } as const;
  const mention = (line: string, program: 'relay' | 'causeway' = 'relay') => ({ program, line }) as const;
  expect(isExampleOf(relayRuns, mention('audit list'))).toBe(true);
  expect(isExampleOf(relayRuns, mention('audit list --user'))).toBe(true);
  expect(isExampleOf(relayRuns, mention('audit list --api'))).toBe(false);
  expect(isExampleOf(relayRuns, mention('audit tail'))).toBe(false);
  expect(isExampleOf(relayRuns, mention('audit list', 'causeway'))).toBe(false);
  expect(isExampleOf({ program: 'relay', line: 'access approve 7 --reason x' }, mention('access revoke'))).toBe(false);
});
