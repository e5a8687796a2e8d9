import { ConfigError } from '../config/config-problem.ts';
import { type LoadedConfig, loadConfig, type LoadOptions } from '../config/load-config.ts';

/** What the checks look at. */
export interface Patient {
  readonly loaded: LoadedConfig;
  /** The files and secrets that the config names could be read, too; else only what stands in it is known. */
  readonly isWhole: boolean;
}

/**
 * The config with all that it names; as it stands, when something that it names can’t be used; null when nothing can be
 * made of it.
 */
export async function readPatient(configPath: string, options: LoadOptions = {}): Promise<Patient | null> {
  try {
    return { loaded: await loadConfig(configPath, options), isWhole: true };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  try {
    return { loaded: await loadConfig(configPath, { ...options, files: 'skip' }), isWhole: false };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return null;
  }
}
