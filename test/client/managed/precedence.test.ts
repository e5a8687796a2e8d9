import { chmodSync, lchownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { valuesInForce } from '../../../client/managed/in-force.ts';
import { judgePolicy, type PolicyDocument } from '../../../client/managed/judge-policy.ts';
import { createLinuxPolicyReader } from '../../../client/managed/read-linux-policy.ts';
import { nothingManaged } from '../../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../../shared/managed/managed-text.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { ownFolder, placeMakers } from './support/policy-places.ts';

describe('what is stronger', () => {
  test.each(placeMakers.slice(1).map((make) => ({ make })))(
    'the computer’s policy is, key by key: $make.name',
    async ({ make }) => {
      const place = make();
      place.put({ deviceName: 'of-person', otherPrograms: 'ask' }, 'user');
      place.put({ deviceName: 'of-computer', notifications: 9 });
      const { values, problems } = judgePolicy(await place.reader.read());
      expect(values.deviceName).toMatchObject({ value: 'of-computer', source: { scope: 'machine' } });
      expect(values.otherPrograms).toMatchObject({ value: 'ask', source: { scope: 'user' } });
      expect(problems).toHaveLength(1);
      place.close();
    },
  );

  test('a later file of policy.d is, and what it has wrong leaves the earlier one in force', async () => {
    const { folder, trust } = ownFolder();
    mkdirSync(join(folder, 'policy.d'), { mode: 0o755 });
    const put = (name: string, entries: unknown): void =>
      writeFileSync(join(folder, name), JSON.stringify(entries), { mode: 0o644 });
    put('policy.json', { $schema: './policy.schema.json', deviceName: 'a', otherPrograms: 'ask', logLevel: 'info' });
    put('policy.d/20-last.json', { deviceName: 'c', logLevel: 'loud' });
    put('policy.d/10-first.json', { deviceName: 'b', otherPrograms: 'allow' });
    put('policy.d/.hidden.json', { deviceName: 'hidden' });
    put('policy.d/README', 'no policy');
    const { values, problems } = judgePolicy(await createLinuxPolicyReader(folder, trust).read());
    expect(values.deviceName?.value).toBe('c');
    expect(values.otherPrograms?.source.place).toBe(join(folder, 'policy.d/10-first.json'));
    expect(values.logLevel?.value).toBe('info');
    expect(problems).toEqual([
      { place: join(folder, 'policy.d/20-last.json'), fault: 'value', key: 'logLevel', at: 'logLevel' },
    ]);
    rmSync(folder, { recursive: true });
  });

  test('then come the environment, the person’s settings and the default', () => {
    const document: PolicyDocument = {
      status: 'read',
      source: { scope: 'machine', place: '/etc/causeway/policy.json' },
      entries: { deviceName: 'PC', lockedSettings: ['gatewayPort'] },
    };
    const environment = {
      CAUSEWAY_DEVICE_NAME: 'mine',
      CAUSEWAY_RELAY_URL: 'https://relay.example.com',
      HTTPS_PROXY: 'http://alice:secret@proxy:3128',
    };
    const chosen = settingsSchema.parse({ gatewayPort: 7300 });
    const find = (managed = judgePolicy([document])) =>
      Object.fromEntries(valuesInForce(managed, chosen, environment).map((value) => [value.key, value]));
    const { deviceName, relays, proxy, gatewayPort, telemetry } = find();
    expect(deviceName).toMatchObject({ value: 'PC', from: 'machine', locked: true });
    expect(relays).toMatchObject({
      value: 'https://relay.example.com',
      from: 'environment',
      place: 'CAUSEWAY_RELAY_URL',
    });
    expect(proxy).toMatchObject({ value: 'http://proxy:3128', from: 'environment' });
    expect(gatewayPort).toMatchObject({ from: 'machine', locked: true });
    expect(telemetry).toMatchObject({ from: 'default', locked: false });
    expect(find(nothingManaged)['gatewayPort']).toMatchObject({ value: 7300, from: 'settings', locked: false });
    expect(find(nothingManaged)['deviceName']).toMatchObject({ value: 'mine', from: 'environment' });
  });
});

test.each([
  ['HTTPS_PROXY', 'http://alice:secret@proxy:3128', 'http://proxy:3128'],
  ['HTTPS_PROXY', 'http://alice:sec@ret@proxy:3128', 'http://proxy:3128'],
  ['HTTPS_PROXY', 'http://alice:sec/@ret@proxy:3128/', 'http://proxy:3128/'],
  ['HTTPS_PROXY', 'alice:secret@proxy:3128', 'proxy:3128'],
  ['HTTPS_PROXY', 'http://proxy:3128', 'http://proxy:3128'],
  ['CAUSEWAY_UPDATE_FEED', 'https://alice:sec@ret@it.example/c/@d', 'https://it.example/c/@d'],
  ['CAUSEWAY_DEVICE_NAME', 'alice@laptop', 'alice@laptop'],
])('%s with %s is shown as %s', (name, value, shown) => {
  const values = valuesInForce(nothingManaged, settingsSchema.parse({}), { [name]: value });
  expect(values.filter(({ from }) => from === 'environment').map((one) => one.value)).toEqual([shown]);
});

describe('a policy that isn’t the administrator’s alone is refused', () => {
  const policy = JSON.stringify({ deviceName: 'PC' });
  const own = process.getuid?.() ?? 0;

  test.each<{ what: string; words: RegExp; spoil: (folder: string) => void; owners?: readonly number[] }>([
    { what: 'a folder of another user', words: /belongs to another user/, owners: [own + 1], spoil: () => undefined },
    // Only the administrator can give a file away.
    ...(own === 0
      ? [
          {
            what: 'a file of another user',
            words: /policy\.json belongs to another user/,
            spoil: (folder: string) => lchownSync(join(folder, 'etc/causeway/policy.json'), 1, -1),
          },
        ]
      : []),
    {
      what: 'a file that its group can write',
      words: /others .+ can write to .+policy\.json\. Run: chmod go-w/,
      spoil: (folder) => chmodSync(join(folder, 'etc/causeway/policy.json'), 0o664),
    },
    {
      what: 'a file that all can write',
      words: /can write to .+policy\.json/,
      spoil: (folder) => chmodSync(join(folder, 'etc/causeway/policy.json'), 0o646),
    },
    {
      what: 'a folder that all can write',
      words: /can write to .+\/causeway\. /,
      spoil: (folder) => chmodSync(join(folder, 'etc/causeway'), 0o777),
    },
    {
      what: 'a folder above that its group can write',
      words: /can write to .+\/etc\. /,
      spoil: (folder) => chmodSync(join(folder, 'etc'), 0o775),
    },
    {
      what: 'a link',
      words: /policy\.json is a link/,
      spoil: (folder) => {
        const path = join(folder, 'etc/causeway/policy.json');
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
    },
    {
      what: 'a folder that is a link',
      words: /\/causeway is a link/,
      spoil: (folder) => {
        const path = join(folder, 'etc/causeway');
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
    },
    {
      what: 'a folder in place of the file',
      words: /isn’t a plain file/,
      spoil: (folder) => {
        rmSync(join(folder, 'etc/causeway/policy.json'));
        mkdirSync(join(folder, 'etc/causeway/policy.json'));
      },
    },
    {
      what: 'a file that is too large',
      words: /larger than 1 MiB/,
      spoil: (folder) => writeFileSync(join(folder, 'etc/causeway/policy.json'), ' '.repeat(1_048_577)),
    },
    {
      what: 'no JSON',
      words: /can’t be read: .+JSON/,
      spoil: (folder) => writeFileSync(join(folder, 'etc/causeway/policy.json'), '{"deviceName": '),
    },
    {
      what: 'a list',
      words: /not a JSON object/,
      spoil: (folder) => writeFileSync(join(folder, 'etc/causeway/policy.json'), '[]'),
    },
    {
      what: 'a further folder that all can write',
      words: /policy\.d isn’t used: others/,
      spoil: (folder) => {
        rmSync(join(folder, 'etc/causeway/policy.json'));
        mkdirSync(join(folder, 'etc/causeway/policy.d'));
        writeFileSync(join(folder, 'etc/causeway/policy.d/a.json'), policy);
        chmodSync(join(folder, 'etc/causeway/policy.d'), 0o777);
      },
    },
  ])('$what', async ({ spoil, words, owners = [own] }) => {
    const { folder } = ownFolder();
    const place = join(folder, 'etc/causeway');
    mkdirSync(place, { recursive: true, mode: 0o755 });
    writeFileSync(join(place, 'policy.json'), policy, { mode: 0o644 });
    spoil(folder);
    const { values, problems } = judgePolicy(await createLinuxPolicyReader(place, { owners, top: folder }).read());
    expect(values).toEqual({});
    expect(problems.map(policyProblemText).join('\n')).toMatch(words);
    expect(problems).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });

  test('where there is no policy, nobody says anything', async () => {
    const { folder } = ownFolder();
    chmodSync(folder, 0o777);
    expect(await createLinuxPolicyReader(join(folder, 'causeway'), { owners: [own + 1], top: folder }).read()).toEqual(
      [],
    );
    rmSync(folder, { recursive: true });
  });
});
