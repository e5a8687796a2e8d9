import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => void (folder = await openConfigFolder()));
afterAll(() => folder.close());

const withTail = (tail: string): Promise<string> => folder.write('relay.yaml', minimalConfig({ tail }));
const redis = 'store: redis, on_failure: deny, url: "redis://127.0.0.1:6379"';

describe('the old name of shared_state', () => {
  it.each([
    [`counters: {${redis}}\nshared_state: {${redis}}`, 'counters: is what “shared_state” was called before, and that'],
    ['shared_state:\ncounters: {}', 'counters: is what “shared_state” was called before, and that stands here too'],
    ['counters: {stor: redis}', 'counters.stor: is a key that Causeway doesn’t know. Did you mean “store”?'],
    ['counters: {store: disk}', 'counters.store: must be one of memory, redis.'],
    ['counters: {store: redis}', 'counters: needs the url of Redis.'],
    ['counters: {store: redis, url: "http://x"}', 'counters.url: must be an address that begins with redis://'],
    ['counters:', 'counters: must be a group of keys, but is empty.'],
  ])('is refused where it stands: %s', async (tail, message) => {
    await expect(loadConfig(await withTail(tail))).rejects.toThrow(message);
  });

  it('names its line and column, also behind other mistakes', async () => {
    const path = await withTail('sekrets: {}\ncounters: {}\nshared_state: {}');
    await expect(loadConfig(path)).rejects.toThrow(/:13:1 sekrets: [^]*:14:1 counters: is what “shared_state” was/);
  });

  it('reads as the new one does, with a warning from check-config', async () => {
    const plain = await loadConfig(await withTail(`shared_state: {${redis}}`));
    expect(plain.warnings).toEqual([]);
    const path = await withTail(`counters: {${redis}}`);
    const renamed = await loadConfig(path);
    expect(renamed.config).toEqual(plain.config);
    let output = '';
    expect(await checkConfig(path, (part) => (output += part))).toBe(0);
    expect(output).toContain(`Warning: ${path}:13:1 counters: is called “shared_state” now.`);
  });

  it('isn’t offered for a slip of the pen', async () => {
    await expect(loadConfig(await withTail('countres: {}'))).rejects.not.toThrow(/counters/);
  });
});
