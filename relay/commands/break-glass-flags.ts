import type { Command, Option } from 'commander';
import type { BreakGlassCommandOptions } from './break-glass.ts';
import { type PlaceFlags, withPlace } from './place-flags.ts';

interface Flags extends PlaceFlags {
  readonly json: boolean;
  readonly reason: string;
}

const changes = {
  invite: 'make a link by which a person enrols for an account, once',
  disable: 'let nobody sign in with an account, and end its open sessions',
  enable: 'let its person sign in again',
  remove: 'forget what the account’s person signs in with, and end its open sessions',
} as const;

/** Adds `break-glass` with what it can do. */
export function addBreakGlassCommands(
  program: Command,
  reasonOption: () => Option,
  run: (flags: PlaceFlags, rest: Pick<BreakGlassCommandOptions, 'action' | 'json'>) => Promise<void>,
): void {
  const breakGlass = program
    .command('break-glass')
    .description('accounts of the relay’s own, for when the provider is down');
  withPlace(breakGlass.command('list'))
    .description('the accounts, and who has enrolled')
    .option('--json', 'one JSON object a line', false)
    .action(({ json, ...flags }: Flags) => run(flags, { action: { type: 'list' }, json }));
  for (const type of Object.keys(changes) as (keyof typeof changes)[]) {
    withPlace(breakGlass.command(type))
      .description(changes[type])
      .addOption(reasonOption())
      .option('--json', 'one JSON object', false)
      .argument('<account>')
      .action((account: string, { json, reason, ...flags }: Flags) =>
        run(flags, { action: { type, account, reason }, json }),
      );
  }
}
