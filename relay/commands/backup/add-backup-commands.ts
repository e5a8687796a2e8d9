import { type Command, Option } from 'commander';
import { version } from '../../../shared/version.ts';
import { loadConfig } from '../../config/load-config.ts';

export interface BackupCommandParts {
  readonly configOption: () => Option;
  readonly write: (text: string) => void;
  readonly finish: (exitCode: number) => void;
}

interface BackupFlags {
  readonly config: string;
  readonly keys: 'with' | 'without';
  readonly json: boolean;
}

/** Adds `backup`, `restore` and `upgrade-check` to the relay’s command line. */
export function addBackupCommands(program: Command, { configOption, write, finish }: BackupCommandParts): void {
  program
    .command('backup')
    .description('copy all that relay.data keeps into a folder, also while the relay runs')
    .addOption(configOption())
    .addOption(
      new Option('--keys <choice>', 'whether private keys go with it')
        .choices(['with', 'without'])
        .makeOptionMandatory(),
    )
    .option('--json', 'one JSON object', false)
    .argument('<folder>', 'a new or empty folder')
    .action(async (target: string, { config: file, keys, json }: BackupFlags) => {
      const { config } = await loadConfig(file, { files: 'skip' });
      // Only where it is needed: it knows of all that a relay keeps.
      const { backupCommand } = await import('./backup.ts');
      const hasStorage = config.storage !== undefined;
      const of = { dataDir: config.relay.data, relayUrl: config.relay.url, hasStorage, version };
      finish(await backupCommand({ ...of, target, keys: keys === 'with', json, write }));
    });
  program
    .command('restore')
    .description('put a backup into relay.data, which must not be there or be empty')
    .addOption(configOption())
    .option('--json', 'one JSON object', false)
    .argument('<folder>', 'the backup')
    .action(async (backup: string, { config: file, json }: { config: string; json: boolean }) => {
      const { config } = await loadConfig(file, { files: 'skip' });
      const { restoreCommand } = await import('./restore.ts');
      finish(await restoreCommand({ backup, dataDir: config.relay.data, json, write }));
    });
  program
    .command('upgrade-check')
    .description('say what this version would meet on the config and data of the relay that runs; changes nothing')
    .addOption(configOption())
    .option('--json', 'one JSON object', false)
    .action(async ({ config: configPath, json }: { config: string; json: boolean }) => {
      const { upgradeCheckCommand } = await import('./upgrade-check.ts');
      finish(await upgradeCheckCommand({ configPath, json, write }));
    });
}
