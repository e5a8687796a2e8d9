import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
const pemOf = (type: 'ed25519' | 'x25519'): string =>
  (type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
beforeAll(async () => {
  folder = await openConfigFolder();
  await folder.write('key.pem', pemOf('ed25519'));
  await folder.write('open.pem', pemOf('ed25519'), 0o644);
  await folder.write('other.pem', pemOf('x25519'));
});
afterAll(() => folder.close());

const storage = 'storage: postgres://a:b@127.0.0.1/causeway';
const load = async (relay: string, ...tail: readonly string[]): Promise<LoadedConfig> =>
  loadConfig(await folder.write('relay.yaml', minimalConfig({ relay, tail: tail.join('\n') })));

describe('audit.durable', () => {
  it.each([
    [
      'another word',
      '  id: a',
      ['audit: { durable: memory }', storage],
      /audit\.durable: must be one of disk, database/,
    ],
    [
      'no storage',
      '  id: a',
      ['audit: { durable: database, signing_key: key.pem }'],
      /audit\.durable: needs “storage”/,
    ],
    ['no id', '', ['audit: { durable: database, signing_key: key.pem }', storage], /audit\.durable: needs “relay\.id”/],
    ['no key', '  id: a', ['audit: { durable: database }', storage], /audit\.durable: needs “audit\.signing_key”/],
    [
      'a key on disk',
      '  id: a',
      ['audit: { signing_key: key.pem }'],
      /audit\.signing_key: belongs to “durable: database”/,
    ],
    [
      'a missing key',
      '  id: a',
      ['audit: { durable: database, signing_key: no.pem }', storage],
      /audit\.signing_key: names .*no\.pem, which doesn’t exist/,
    ],
    [
      'an open key',
      '  id: a',
      ['audit: { durable: database, signing_key: open.pem }', storage],
      /audit\.signing_key: names .*open\.pem, a secret that others on this system can read/,
    ],
    [
      'a key of another kind',
      '  id: a',
      ['audit: { durable: database, signing_key: other.pem }', storage],
      /audit\.signing_key: names .*other\.pem, whose key isn’t an Ed25519 key/,
    ],
    ['an id that can’t be one', '  id: Berlin 1', [], /relay\.id: must be of small letters, digits and “-”/],
  ])('is refused with %s, at its place', async (_what, relay, tail, words) => {
    const failure: unknown = await load(relay, ...tail).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'bad-config' });
    expect(String(failure)).toMatch(words);
    expect(String(failure)).toMatch(/relay\.yaml:\d+:\d+ /);
  });

  it('is the disk when left out; the database comes with its key', async () => {
    expect((await load('  id: a')).config.audit.durable).toBe('disk');
    const loaded = await load('  id: berlin-1', 'audit: { durable: database, signing_key: key.pem }', storage);
    expect(loaded).toMatchObject({
      auditKey: expect.stringContaining('PRIVATE KEY'),
      config: { relay: { id: 'berlin-1' } },
    });
  });
});
