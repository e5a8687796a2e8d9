import { chownSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePrivateFolder } from '../../../relay/storage/give-to-owner.ts';
import { shellWords } from '../../support/run-relay-command.ts';
import { runRelayCommandHere } from '../../support/run-relay-command-here.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;
let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
  mkdirSync(folder.file('of-nobody'));
  if (isRoot) chownSync(folder.file('of-nobody'), nobody, nobody);
});
afterAll(() => folder.close());

const ownersIn = (path: string): readonly number[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => lstatSync(join(path, name)).uid);

test
  .runIf(isRoot)
  .each([
    'locks add --person bob --reason Left',
    'sessions list',
    'access list',
    'report rebuild',
    'audit verify',
    'keys replace-audit --reason Yearly',
    'keys replace-identity --reason Leaked',
  ])('root’s “%s” leaves nothing that the folder’s owner can’t open', async (line) => {
  const configPath = await folder.write('relay.yaml', minimalConfig({ relay: '  data: of-nobody/data' }));
  expect(await runRelayCommandHere([...shellWords(line), '-c', configPath])).toMatchObject({ code: 0 });
  expect(statSync(folder.file('of-nobody/data')).uid).toBe(nobody);
  expect(new Set(ownersIn(folder.file('of-nobody')))).toEqual(new Set([nobody]));
});

test.runIf(isRoot)('each folder on the way goes to whoever has the one that was there, and root’s stay root’s', () => {
  makePrivateFolder(folder.file('of-nobody/a/b/c'));
  expect(ownersIn(folder.file('of-nobody/a'))).toEqual([nobody, nobody]);
  makePrivateFolder(folder.file('of-root/a'));
  expect(ownersIn(folder.file('of-root'))).toEqual([0]);
});
