import type { Command } from 'commander';
import type { SessionFilter } from '../sessions/find-sessions.ts';
import { type PlaceFlags, withPlace } from './place-flags.ts';
import type { SessionsCommandOptions } from './sessions.ts';

type Run = (place: PlaceFlags, options: Pick<SessionsCommandOptions, 'action' | 'json'>) => Promise<void>;

interface Flags extends SessionFilter, PlaceFlags {
  readonly json: boolean;
}

/** Adds `sessions list|end` to the command line. */
export function addSessionCommands(program: Command, run: Run): void {
  const sessions = program.command('sessions').description('people’s sign-ins on their devices');
  const withFilters = (name: string): Command =>
    withPlace(sessions.command(name))
      .option('--session <id>', 'one session')
      .option('--person <who>', 'user name or subject')
      .option('--device <id>', 'id or name of a device')
      .option('--app-version <version>', 'version of the app')
      .option('--address <ip>', 'address that it came from')
      .option('--api <id>', 'API that it has used')
      .option('--json', 'one JSON object a line', false);
  withFilters('list')
    .description('sessions, last used first')
    .option('--all', 'those that were ended, too', false)
    .action(({ config, data, json, all, ...filter }: Flags & { all: boolean }) =>
      run(placeOf(config, data), { action: { type: 'list', filter, all }, json }),
    );
  withFilters('end')
    .description('end the sessions that fit; their people have to sign in again')
    .requiredOption('--reason <text>', 'why; recorded with who does it, and told to the people')
    .action(({ config, data, json, reason, ...filter }: Flags & { reason: string }) =>
      run(placeOf(config, data), { action: { type: 'end', filter, reason }, json }),
    );
}

function placeOf(config: string, data: string | undefined): PlaceFlags {
  return data === undefined ? { config } : { config, data };
}
