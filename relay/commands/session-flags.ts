import type { Command, Option } from 'commander';
import type { SessionFilter } from '../sessions/find-sessions.ts';
import type { SessionsCommandOptions } from './sessions.ts';

type Run = (configPath: string, options: Pick<SessionsCommandOptions, 'action' | 'json'>) => Promise<void>;

interface Flags extends SessionFilter {
  readonly config: string;
  readonly json: boolean;
}

/** Adds `sessions list|end` to the command line. */
export function addSessionCommands(program: Command, configOption: () => Option, run: Run): void {
  const sessions = program.command('sessions').description('people’s sign-ins on their devices');
  const withFilters = (name: string): Command =>
    sessions
      .command(name)
      .addOption(configOption())
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
    .action(({ config, json, all, ...filter }: Flags & { all: boolean }) =>
      run(config, { action: { type: 'list', filter, all }, json }),
    );
  withFilters('end')
    .description('end the sessions that fit; their people have to sign in again')
    .requiredOption('--reason <text>', 'why; recorded with who does it, and told to the people')
    .action(({ config, json, reason, ...filter }: Flags & { reason: string }) =>
      run(config, { action: { type: 'end', filter, reason }, json }),
    );
}
