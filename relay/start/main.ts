#!/usr/bin/env node
import { Command } from 'commander';
import { AccessError } from '../../shared/errors.ts';
import { tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { version } from '../../shared/version.ts';
import { configOption } from '../commands/place-flags.ts';
import { createLog } from './create-log.ts';

/** The relay's command line. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('causeway-relay')
    .description('Gives employees access to internal APIs: authenticates, decides, records and forwards.')
    .version(`${version} (speaks ${tunnelProtocol}, as app and command line must)`)
    .exitOverride();

  program
    .command('serve', { isDefault: true })
    .description('run the relay')
    .addOption(configOption())
    .allowExcessArguments()
    .action(async ({ config }: { config: string }, { args: [unknown] }: Command) => {
      // A word that names no command comes here, because this is the command for none.
      if (unknown !== undefined) program.error(`error: unknown command '${unknown}'; --help lists the commands`);
      // Only where it is needed: the commands load half of the time.
      exitCode = await (await import('./serve.ts')).serve(config, createLog);
    });
  // Likewise, a relay that serves loads none of the others.
  if (argv[2] !== 'serve') (await import('./add-commands.ts')).addCommands(program, (code) => void (exitCode = code));

  await program.parseAsync(argv);
  return exitCode;
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  const commander = error as { code?: string; exitCode?: number };
  if (commander.code?.startsWith('commander.') === true) {
    process.exitCode = commander.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    // What has begun by then (clocks, questions to providers) must not keep a relay that can't serve alive.
    process.exit(error instanceof AccessError && (error.code === 'bad-config' || error.code === 'bad-input') ? 2 : 1);
  }
}
