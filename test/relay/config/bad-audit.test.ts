import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { needsRestart } from '../../../relay/config/needs-restart.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const load = async (...keys: readonly string[]) =>
  loadConfig(
    await folder.write(
      'relay.yaml',
      minimalConfig({
        tail: ['audit:', ...keys.map((key) => (key.startsWith('storage') ? key : `  ${key}`))].join('\n'),
      }),
    ),
  );

describe('how long the audit says who it was, and to whom', () => {
  it.each<[what: string, keys: readonly string[], says: RegExp]>([
    ['no day', ['keep_refused_days: 0'], /:14:22 audit\.keep_refused_days: must be at least 1/],
    ['half a day', ['keep_refused_days: 0.5'], /audit\.keep_refused_days: /],
    [
      'refused sign-ins for longer than all else',
      ['keep_days: 30', 'keep_refused_days: 31'],
      /audit\.keep_refused_days: is longer than keep_days \(30\)/,
    ],
    ['a word for yes', ['erasable: "on"'], /audit\.erasable: /],
    ['a group of two', ['reader_group: "a:b"'], /audit\.reader_group: must be a group’s name or number/],
    ['no group', ['reader_group: ""'], /audit\.reader_group: /],
    ['a group below zero', ['reader_group: -1'], /audit\.reader_group: /],
  ])('can’t be %s', async (_, keys, says) => {
    await expect(load(...keys)).rejects.toMatchObject({ message: expect.stringMatching(says) });
  });

  it('is as it was when nothing is said, and takes a restart to change', async () => {
    const before = await load('record: {}');
    expect(before.config.audit).toMatchObject({ erasable: false });
    expect(before.config.audit).not.toHaveProperty('keep_refused_days');
    const after = await load('keep_days: 30', 'keep_refused_days: 30', 'erasable: true', 'reader_group: 4711');
    expect(after.config.audit).toMatchObject({ erasable: true, keep_refused_days: 30, reader_group: '4711' });
    // Relays that share a storage share the keys there, too.
    const shared = await load(
      'erasable: true',
      'keep_refused_days: 3',
      'storage: postgres://relay@db.example/causeway',
    );
    expect(shared.config.audit).toMatchObject({ erasable: true, keep_refused_days: 3 });
    expect(needsRestart(before, after)).toEqual([
      'audit.keep_days',
      'audit.keep_refused_days',
      'audit.erasable',
      'audit.reader_group',
    ]);
  });
});
