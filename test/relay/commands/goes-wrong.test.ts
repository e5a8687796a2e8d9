import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { shellWords } from '../../support/run-relay-command.ts';
import { runRelayCommandHere } from '../../support/run-relay-command-here.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';
import { append, decision, silent } from '../audit/audit-fixtures.ts';

let folder: ConfigFolder;
let configPath: string;
beforeAll(async () => {
  folder = await openConfigFolder();
  configPath = await folder.write('relay.yaml', minimalConfig({ relay: '  data: data' }));
  const audit = await createAuditLog({ dataDir: folder.file('data'), log: silent });
  await append(audit, decision('r1'));
  await audit.close();
  openSessionStore(folder.file('data')).close();
});
afterAll(() => folder.close());

// Who reads the answer, such as a program that asks for JSON, must not take a refusal for a part of it.
test.each([
  ['sessions list --json --person nobody', /^No session is of “nobody”\.\n$/],
  ['sessions end --json --reason Sold', /^Say which sessions are to end/],
  ['locks add --json --api nosuch --reason Closed', /^There is no API “nosuch”/],
  ['locks remove --json nope --reason Cleared', /“nope”/],
  ['access approve --json nope --reason Fine', /“?nope”?/],
  ['revoke nobody --reason Left', /^Nobody called “nobody”/],
  ['explain --json GET nosuch/', /nosuch/],
  ['locks add --person bob --reason Left --until 2020-01-01', /must be later than now/],
  ['test-policy nosuch.yaml', /nosuch\.yaml/],
])('%s says what is wrong apart from its answer, of which there is none', async (line, words) => {
  const { code, said, warned } = await runRelayCommandHere([...shellWords(line), '-c', configPath]);
  expect([code, said]).toEqual([2, warned]);
  expect(warned).toMatch(words);
});

test.each([
  ['explain --from 300.1.1.1 GET orders/', /^“300\.1\.1\.1” isn’t an IP address/],
  ['explain --relay berlin-1 GET orders/', /^--relay goes with a past --at/],
  ['configs show ""', /^“” isn’t the hash of a config/],
  ['configs show zz', /^“zz” isn’t the hash of a config/],
  ['audit verify --verifier-key ""', /^“” is no line of a verifier key, and no file/],
  ['sessions list --data nosuch', /^No relay has run on nosuch: no config/],
  ['audit sinks --data nosuch', /^No relay has run on nosuch: no config/],
  ['audit verify --checkpoints nosuch', /^“nosuch” is no file that can be read/],
])('%s says what it was given', async (line, words) => {
  await expect(runRelayCommandHere([...shellWords(line), '-c', configPath])).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(words),
  });
});

test.each([
  ['locks list', 'No lock is in force.\n'],
  ['locks list --all', 'No lock.\n'],
  ['locks list --json', ''],
  ['access list', 'No request for access.\n'],
  ['access list --json', ''],
  ['sessions list', 'No session.\n'],
  ['sessions list --json', ''],
])('%s says that there is nothing, but where a program reads', async (line, said) => {
  expect(await runRelayCommandHere([...shellWords(line), '-c', configPath])).toEqual({ code: 0, said, warned: '' });
});

test.each([
  ['locks list', /ECONNREFUSED 127\.0\.0\.1:1\.\n$/],
  [
    'locks add --person bob --reason Left',
    /:1\. What “locks list” doesn’t show once the storage is back wasn’t done\.\n$/,
  ],
  ['revoke bob --reason Left', /:1\. Do it again once the storage is back\.\n$/],
])('%s says what became of it while the storage is away', { timeout: 60_000 }, async (line, words) => {
  const storage = `storage: "postgres://a:b@127.0.0.1:1/causeway"\n`;
  const away = await folder.write('away.yaml', `${minimalConfig({ relay: '  data: away' })}${storage}`);
  const { code, said, warned } = await runRelayCommandHere([...shellWords(line), '-c', away]);
  expect([code, said]).toEqual([1, warned]);
  expect(warned).toMatch(words);
});
