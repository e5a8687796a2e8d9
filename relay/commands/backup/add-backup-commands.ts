import { type Command, Option } from 'commander';
import { version } from '../../../shared/version.ts';
import { loadConfig } from '../../config/load-config.ts';
import { folderOf, type PlaceFlags, withPlace } from '../place-flags.ts';
import { findRelay } from '../running-relay.ts';

export interface BackupCommandParts {
  readonly configOption: () => Option;
  readonly write: (text: string) => void;
  readonly finish: (exitCode: number) => void;
}

interface BackupFlags extends PlaceFlags {
  readonly reason: string;
  readonly keys: 'with' | 'without';
  readonly json: boolean;
}

/** Adds `backup`, `restore` and `upgrade-check` to the relay’s command line. */
export function addBackupCommands(program: Command, { configOption, write, finish }: BackupCommandParts): void {
  withPlace(program.command('backup'))
    .description(
      'copy all that relay.data keeps into a folder: the relay that runs sends it over its socket; of one that is stopped, the files are opened',
    )
    .addOption(
      new Option('--keys <choice>', 'whether private keys go with it')
        .choices(['with', 'without'])
        .makeOptionMandatory(),
    )
    .option('--reason <text>', 'why; recorded with who does it where the relay is asked', 'relay backup')
    .option('--json', 'one JSON object', false)
    .argument('<folder>', 'a new or empty folder')
    .action(async (target: string, { keys: choice, reason, json, ...place }: BackupFlags) => {
      const dataDir = await folderOf(place);
      const relay = await findRelay(dataDir);
      const keys = choice === 'with';
      // Only where it is needed: it knows of all that a relay keeps.
      const { askForBackup, backupCommand } = await import('./backup.ts');
      const sent = relay === null ? null : await askForBackup({ relay, target, keys, reason, json, write });
      if (sent !== null) {
        finish(sent);
        return;
      }
      const { config } = await loadConfig(place.config, { files: 'skip' });
      const of = { dataDir, relayUrl: config.relay.url, hasStorage: config.storage !== undefined, version };
      finish(await backupCommand({ ...of, target, keys, json, write }));
    });
  program
    .command('restore')
    .description(
      'put a backup into relay.data, which must not be there or be empty; of a relay that is stopped, as who owns the folder',
    )
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
    .description(
      'say what this version would meet on the config and data of a relay, which may run and be of another version: opens its files itself, to read alone',
    )
    .addOption(configOption())
    .option('--json', 'one JSON object', false)
    .action(async ({ config: configPath, json }: { config: string; json: boolean }) => {
      const { upgradeCheckCommand } = await import('./upgrade-check.ts');
      finish(await upgradeCheckCommand({ configPath, json, write }));
    });
}
