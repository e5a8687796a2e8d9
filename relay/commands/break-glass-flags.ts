import type { Command, Option } from 'commander';
import type { BreakGlassCommandOptions } from './break-glass.ts';

interface Flags {
  readonly config: string;
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
  { configOption, reasonOption }: { readonly configOption: () => Option; readonly reasonOption: () => Option },
  run: (file: string, rest: Pick<BreakGlassCommandOptions, 'action' | 'json'>) => Promise<void>,
): void {
  const breakGlass = program
    .command('break-glass')
    .description('accounts of the relay’s own, for when the provider is down');
  breakGlass
    .command('list')
    .description('the accounts, and who has enrolled')
    .addOption(configOption())
    .option('--json', 'one JSON object a line', false)
    .action(({ config, json }: Flags) => run(config, { action: { type: 'list' }, json }));
  for (const type of Object.keys(changes) as (keyof typeof changes)[]) {
    breakGlass
      .command(type)
      .description(changes[type])
      .addOption(configOption())
      .addOption(reasonOption())
      .option('--json', 'one JSON object', false)
      .argument('<account>')
      .action((account: string, { config, json, reason }: Flags) =>
        run(config, { action: { type, account, reason }, json }),
      );
  }
}
