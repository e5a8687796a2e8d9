import { globSync } from 'node:fs';
import { Command } from 'commander';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

/** A command as its program declares it: the words of its options, such as `--json`. */
type Commands = ReadonlyMap<string, ReadonlySet<string>>;

function commandsOf(program: Command, before = ''): Commands {
  const found = new Map<string, ReadonlySet<string>>();
  // Those that are hidden are no person’s: an installer runs them.
  const visible = new Set(program.createHelp().visibleCommands(program));
  for (const command of program.commands.filter((one) => visible.has(one))) {
    const name = `${before}${command.name()}`;
    if (command.commands.length > 0) for (const inner of commandsOf(command, `${name} `)) found.set(...inner);
    else found.set(name, new Set(command.options.map(({ long }) => long ?? '')));
  }
  return found;
}

/** The command line that a program would parse, without running it. */
async function declaredBy(load: () => Promise<unknown>): Promise<Command> {
  const parse = vi.spyOn(Command.prototype, 'parseAsync').mockReturnThis();
  await load();
  const [program] = parse.mock.contexts;
  parse.mockRestore();
  process.exitCode = 0;
  if (!(program instanceof Command)) throw new Error('The program parses nothing');
  return program;
}

const flagsIn = (text: string): Set<string> =>
  new Set(
    codesIn(text)
      .join(' ')
      .match(/--[a-z][a-z-]+/gu),
  );
const sorted = (words: Iterable<string>): string[] => [...words].toSorted();

describe('docs/cli.md', () => {
  const page = readProjectFile('docs/cli.md');
  const rows = new Map(
    tableIn(sectionOf(page, '## Commands')).map((row) => {
      const [name = ''] = codesIn(row['command'] ?? '');
      return [name.split(' ')[0] ?? '', row['what it does'] ?? ''];
    }),
  );
  const everywhere = tableIn(sectionOf(page, '## Options of every command')).flatMap((row) => [
    ...flagsIn(row['option'] ?? ''),
  ]);
  let program: Command;
  let commands: Commands;

  beforeAll(async () => {
    program = await declaredBy(() => import('../../client/cli.ts'));
    commands = commandsOf(program);
  });

  it('has a row for each command, and no other', () => {
    expect(sorted(rows.keys())).toEqual(sorted(commands.keys()));
  });

  it('has the options of every command, before its name and behind it', () => {
    // That of the program alone; it stands before no command's name.
    const options = program.options.map(({ long }) => long ?? '').filter((flag) => flag !== '--version');
    expect(sorted(options)).toEqual(sorted(everywhere));
    for (const known of commands.values()) expect(everywhere.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it('names each option of each command, and no other', () => {
    const services = flagsIn(sectionOf(page, '## Services'));
    for (const [name, options] of commands) {
      const own = [...options].filter((flag) => !everywhere.includes(flag));
      const told = flagsIn(rows.get(name) ?? '');
      if (name === 'connect') for (const flag of services) told.add(flag);
      expect(sorted(told), name).toEqual(sorted(own));
    }
  });

  it('has each type of line that --json writes, and no other', () => {
    const written = globSync('client/cli/*.ts').flatMap((path) =>
      [...readProjectFile(path).matchAll(/\{\s*type: '([a-z-]+)',?[^]*?\}/gu)].map(([, type = '']) => type),
    );
    const told = tableIn(sectionOf(page, '## What `--json` writes')).map((row) => codesIn(row['type'] ?? '').join());
    // Kinds of credentials, which are never written.
    const inside = ['token', 'client-key', 'client-assertion', 'client-secret'];
    expect(sorted(told)).toEqual(sorted(new Set(written.filter((type) => !inside.includes(type)))));
  });

  it('names each variable that the client reads, and no other', () => {
    const read = new Set(
      globSync('client/**/*.ts').flatMap((path) => readProjectFile(path).match(/\bCAUSEWAY_[A-Z_]+/gu) ?? []),
    );
    const told = codesIn(sectionOf(page, '## Environment')).filter((code) => /^CAUSEWAY_[A-Z_]+$/u.test(code));
    expect(sorted(new Set(told))).toEqual(sorted(read));
  });
});

describe('docs/deployment.md', () => {
  it('has each command of the relay with its options, and no other', async () => {
    const commands = commandsOf(await declaredBy(() => import('../../relay/start/main.ts')));
    const told = tableIn(sectionOf(readProjectFile('docs/deployment.md'), '## Commands')).map((row) => [
      codesIn(row['command'] ?? '')[0]?.replaceAll(/ [A-Z].*$/gu, '') ?? '',
      sorted(flagsIn(row['options'] ?? '')),
    ]);
    const common = new Set(['--config']);
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(
        [...commands].map(([name, options]) => [name, sorted([...options].filter((flag) => !common.has(flag)))]),
      ),
    );
  });
});
