import type { Command } from 'commander';
import { timeOf } from '../../shared/moment.ts';
import type { LocksCommandOptions, LockTargetFlags } from './locks.ts';
import { type PlaceFlags, withPlace } from './place-flags.ts';

type Run = (place: PlaceFlags, options: Pick<LocksCommandOptions, 'action' | 'json'>) => Promise<void>;

interface AddFlags extends LockTargetFlags, PlaceFlags {
  readonly reason: string;
  readonly until?: string;
  readonly json: boolean;
}

/** Adds `locks add|list|remove` to the command line. */
export function addLockCommands(program: Command, run: Run): void {
  const locks = program
    .command('locks')
    .description('shut out a person, session, device, group, API, address or everything');
  withPlace(locks.command('add'))
    .description('lock; in force at all relays and on open streams within seconds')
    .option('--person <who>', 'user name, mail address or subject; nobody has to have been here')
    .option('--issuer <name>', 'provider that the person signs in at, as the config names it; any when left out')
    .option('--session <id>', 'one sign-in on one device')
    .option('--device <id>', 'id or name of a device')
    .option('--group <name>', 'everybody in the group')
    .option('--api <id>', 'an API, for everybody')
    .option('--address <network>', 'an address or network (CIDR), for everybody there; an IPv6 address is its /64')
    .option('--everything', 'all APIs, for everybody')
    .requiredOption('--reason <text>', 'why; those who are locked out are told')
    .option('--until <time>', 'when it ends by itself, ISO 8601; never when left out')
    .option('--json', 'one JSON object', false)
    .action(({ config, data, reason, until, json, ...target }: AddFlags) =>
      run(data === undefined ? { config } : { config, data }, {
        action: { type: 'add', target, reason, untilMs: until === undefined ? null : timeOf(until) },
        json,
      }),
    );
  withPlace(locks.command('list'))
    .description('locks in force, oldest first')
    .option('--all', 'those that are over and those that were removed, too', false)
    .option('--json', 'one JSON object a line', false)
    .action(({ all, json, ...place }: PlaceFlags & { all: boolean; json: boolean }) =>
      run(place, { action: { type: 'list', all }, json }),
    );
  withPlace(locks.command('remove'))
    .description('take a lock away')
    .requiredOption('--reason <text>', 'why; it goes into the audit')
    .option('--json', 'one JSON object', false)
    .argument('<id>')
    .action((id: string, { reason, json, ...place }: PlaceFlags & { reason: string; json: boolean }) =>
      run(place, { action: { type: 'remove', id, reason }, json }),
    );
}
