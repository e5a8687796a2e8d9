import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { needsRestart } from '../../../relay/config/needs-restart.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder?.close());

const redis = (url: string): string => `shared_state: {store: redis, url: "${url}", on_failure: deny}`;
const storage = (url: string): string => `storage: "${url}"`;

it.each<[what: string, before: string, after: string, keys: readonly string[]]>([
  ['of Redis in the clear', redis('redis://:one@127.0.0.1'), redis('redis://:two@127.0.0.1'), ['shared_state']],
  [
    'of a storage in the clear',
    storage('postgres://causeway:one@127.0.0.1/causeway'),
    storage('postgres://causeway:two@127.0.0.1/causeway'),
    ['storage'],
  ],
])('a password %s takes effect with the next start, which a reload says', async (_what, before, after, keys) => {
  const loaded = async (tail: string) => {
    await folder.write('relay.yaml', minimalConfig({ api: '    rules: [{name: r}]', tail }));
    return loadConfig(folder.file('relay.yaml'));
  };
  const first = await loaded(before);
  expect(needsRestart(first, await loaded(after))).toEqual(keys);
  expect(needsRestart(first, await loaded(before))).toEqual([]);
});

it.each([
  ['Redis', redis('redis://127.0.0.1?password_file=password')],
  ['a storage', storage('postgres://causeway@127.0.0.1/causeway?password_file=password')],
])('a password of %s in a file of its own doesn’t', async (_what, tail) => {
  const loaded = async (password: string) => {
    await folder.write('password', password);
    await folder.write('relay.yaml', minimalConfig({ api: '    rules: [{name: r}]', tail }));
    return loadConfig(folder.file('relay.yaml'));
  };
  expect(needsRestart(await loaded('one'), await loaded('two'))).toEqual([]);
});
