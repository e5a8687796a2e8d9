import type { Command, Option } from 'commander';
import { timeOf } from '../../shared/moment.ts';
import type { LocksCommandOptions, LockTargetFlags } from './locks.ts';

type Run = (configPath: string, options: Pick<LocksCommandOptions, 'action' | 'json'>) => Promise<void>;

interface AddFlags extends LockTargetFlags {
  readonly config: string;
  readonly reason: string;
  readonly until?: string;
  readonly json: boolean;
}

/** Adds `locks add|list|remove` to the command line. */
export function addLockCommands(program: Command, configOption: () => Option, run: Run): void {
  const locks = program.command('locks').description('shut out a person, session, device, group, API or everything');
  locks
    .command('add')
    .description('lock; in force at all relays and on open streams within seconds')
    .addOption(configOption())
    .option('--person <who>', 'user name, mail address or subject; nobody has to have been here')
    .option('--issuer <name>', 'issuer that the person signs in at; any when left out')
    .option('--session <id>', 'one sign-in on one device')
    .option('--device <id>', 'id or name of a device')
    .option('--group <name>', 'everybody in the group')
    .option('--api <id>', 'an API, for everybody')
    .option('--everything', 'all APIs, for everybody')
    .requiredOption('--reason <text>', 'why; those who are locked out are told')
    .option('--until <time>', 'when it ends by itself, ISO 8601; never when left out')
    .option('--json', 'one JSON object', false)
    .action(({ config, reason, until, json, ...target }: AddFlags) =>
      run(config, {
        action: { type: 'add', target, reason, untilMs: until === undefined ? null : timeOf(until) },
        json,
      }),
    );
  locks
    .command('list')
    .description('locks in force, oldest first')
    .addOption(configOption())
    .option('--all', 'those that are over and those that were removed, too', false)
    .option('--json', 'one JSON object a line', false)
    .action(({ config, all, json }: { config: string; all: boolean; json: boolean }) =>
      run(config, { action: { type: 'list', all }, json }),
    );
  locks
    .command('remove')
    .description('take a lock away')
    .addOption(configOption())
    .requiredOption('--reason <text>', 'why; it goes into the audit')
    .option('--json', 'one JSON object', false)
    .argument('<id>')
    .action((id: string, { config, reason, json }: { config: string; reason: string; json: boolean }) =>
      run(config, { action: { type: 'remove', id, reason }, json }),
    );
}
