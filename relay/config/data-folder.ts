import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-problem.ts';
import { configSchema } from './config-schema.ts';
import { loadConfig } from './load-config.ts';
import { parseYaml } from './yaml-source.ts';

/**
 * Data folder that a config names, absolute; also of a config that can't be used now, as long as that much can be read:
 * what was in force before is of interest just then. Throws `ConfigError` when it can't.
 */
export async function dataFolderOf(configPath: string): Promise<string> {
  try {
    return (await loadConfig(configPath, { files: 'skip' })).config.relay.data;
  } catch (error) {
    const source = error instanceof ConfigError ? error.source : undefined;
    if (source === undefined) throw error;
    const parsed = parseYaml(source.path, source.text);
    const relay = parsed.status === 'parsed' ? keyOf(parsed.source.value, 'relay') : undefined;
    const data = configSchema.shape.relay.shape.data.safeParse(keyOf(relay, 'data'));
    if (relay === undefined || !data.success) throw error;
    return resolve(dirname(source.path), data.data);
  }
}

function keyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
