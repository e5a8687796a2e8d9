import { expect, test } from 'vitest';
import { configsCommand, type ConfigsCommandOptions } from '../../../relay/commands/configs.ts';
import { openRevisionStore, revisionHash } from '../../../relay/revisions/revision-store.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const texts = ['relay: {name: One}\n', 'relay: {name: "Two\u001B[31m"}', 'nonsense'];
const [one = '', two = '', refused = ''] = texts.map(revisionHash);

function filledFolder(maxBytes?: number): string {
  const dataDir = temporaryFolder();
  const store = openRevisionStore(dataDir, maxBytes === undefined ? {} : { maxBytes });
  for (const [index, text] of texts.entries()) {
    const event = index === 2 ? 'refused' : 'loaded';
    store.keep({ timeMs: index * 1000, event, file: '/etc/relay.yaml', hash: revisionHash(text) }, text);
  }
  store.close();
  return dataDir;
}

async function run(dataDir: string, action: ConfigsCommandOptions['action'], json = false): Promise<string> {
  let output = '';
  const write = (text: string): void => void (output += text);
  expect(await configsCommand({ dataDir, shared: null, action, json, write })).toBe(0);
  return output;
}

test.each([
  ['', '“” isn’t the hash of a config'],
  ['abc', '“abc” isn’t the hash of a config'],
  ['%%%%', '“%%%%” isn’t the hash of a config'],
  ['0'.repeat(64), 'No text is kept'],
  [one.toUpperCase(), 'isn’t the hash of a config'],
])('there is no config with the hash %j', async (hash, says) => {
  await expect(run(filledFolder(), { type: 'show', hash })).rejects.toThrow(says);
});

test('where nothing is kept, that is an error', async () => {
  await expect(run(temporaryFolder(), { type: 'list' })).rejects.toThrow('No config is kept');
});

test.each([
  [one, 'relay: {name: One}\n'],
  [one.slice(0, 12), 'relay: {name: One}\n'],
  [two, 'relay: {name: "Two\uFFFD[31m"}\n'],
  [refused.slice(0, 8), 'nonsense\n'],
])('by the hash %s the text is %j', async (hash, text) => {
  expect(await run(filledFolder(), { type: 'show', hash })).toBe(text);
});

test('the list names each one that was loaded or refused, newest first', async () => {
  expect((await run(filledFolder(), { type: 'list' })).split('\n')).toEqual([
    `1970-01-01T00:00:02.000Z  refused  ${refused.slice(0, 12)}  /etc/relay.yaml`,
    `1970-01-01T00:00:01.000Z  loaded   ${two.slice(0, 12)}  /etc/relay.yaml`,
    `1970-01-01T00:00:00.000Z  loaded   ${one.slice(0, 12)}  /etc/relay.yaml`,
    '',
  ]);
  const [first] = (await run(filledFolder(), { type: 'list' }, true)).split('\n');
  expect(JSON.parse(first ?? '')).toEqual({
    timeMs: 2000,
    event: 'refused',
    file: '/etc/relay.yaml',
    hash: refused,
    isKept: true,
  });
});

test('the list says which texts are gone', async () => {
  expect(await run(filledFolder(40), { type: 'list' })).toContain(
    `${one.slice(0, 12)}  /etc/relay.yaml  (text no longer kept)`,
  );
});
