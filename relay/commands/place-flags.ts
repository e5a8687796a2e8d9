import { type Command, Option } from 'commander';
import { AccessError } from '../../shared/errors.ts';
import { dataFolderOf } from '../config/data-folder.ts';

/** Which relay a command is about, as typed. */
export interface PlaceFlags {
  readonly config: string;
  /** Its data folder, for who may not read its config. */
  readonly data?: string;
}

export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file').env('CAUSEWAY_CONFIG').default('relay.yaml');
}

export function dataOption(): Option {
  return new Option('--data <folder>', 'data folder of the relay, for who may not read its config').env(
    'CAUSEWAY_DATA',
  );
}

/** Adds the options that say which relay. */
export function withPlace(command: Command): Command {
  return command.addOption(configOption()).addOption(dataOption());
}

/** The data folder that is meant. @throws AccessError `bad-config`, `bad-input` for a config that this user may not read */
export async function folderOf({ config, data }: PlaceFlags): Promise<string> {
  if (data !== undefined) return data;
  try {
    return await dataFolderOf(config);
  } catch (error) {
    if (!(error instanceof Error) || !isForbidden(error.cause)) throw error;
    throw new AccessError(
      'bad-input',
      `This user may not read ${config}. Name the relay’s data folder with --data, or as CAUSEWAY_DATA: the relay that runs there is asked.`,
      { cause: error },
    );
  }
}

function isForbidden(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM');
}
