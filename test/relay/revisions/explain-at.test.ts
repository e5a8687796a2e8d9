import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { explain } from '../../../relay/commands/explain.ts';
import { explainOptions } from '../../../relay/commands/explain-flags.ts';
import { openRevisionStore } from '../../../relay/revisions/revision-store.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { minimalConfig } from '../config/config-folder.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));

async function ask(configPath: string, at: string, more: { readonly currentRules?: boolean } = {}) {
  let output = '';
  const write = (text: string): void => void (output += text);
  const flags = { config: configPath, groups: 'developers', json: false, at, ...more };
  const code = await explain({ ...explainOptions(flags), method: 'GET', url: 'orders/v1/orders', write });
  return { code, output };
}

test('explain --at answers by the config that was in force then, and not by one that was refused', async () => {
  const folder = temporaryFolder();
  const configPath = join(folder, 'relay.yaml');
  const write = (rules: string, tail = ''): void => {
    const relay = '  listen: { port: 0 }\n  drain_seconds: 0';
    writeFileSync(
      configPath,
      minimalConfig({ relay, api: `    headers: { K: hunter2 }\n    rules: [${rules}]`, tail }),
    );
    chmodSync(configPath, 0o600);
  };
  const beforeAll = new Date(Date.now() - 1000).toISOString();
  write('');
  const none = await ask(configPath, beforeAll);
  expect(none).toMatchObject({ code: 2, output: expect.stringContaining('No config that was in force is kept') });

  const relay = spawn(process.execPath, [main, 'serve', '--config', configPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const lines = createInterface({ input: relay.stdout });
    const said = (words: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const hear = (line: string): void => {
          if (!line.includes(words)) return;
          lines.off('line', hear);
          resolve();
        };
        lines.on('line', hear);
        lines.once('close', () => reject(new Error(`The relay ended before it said “${words}”`)));
      });
    await said('relay listening');
    const denied = new Date().toISOString();
    await sleep(2);
    let reloaded = said('config reloaded');
    write('{ name: read, groups: [developers] }');
    relay.kill('SIGHUP');
    await reloaded;
    const allowed = new Date().toISOString();
    reloaded = said('config refused');
    write('', 'shared_state: { secert: hunter2 }');
    relay.kill('SIGHUP');
    await reloaded;
    const refused = new Date().toISOString();
    relay.kill('SIGINT');
    await once(relay, 'exit');

    // What was in force is of interest just when what there is now can't be used.
    write('', 'shared_state: { secert: x }');
    expect((await ask(configPath, allowed)).code).toBe(0);
    expect((await ask(configPath, allowed, { currentRules: true })).code).toBe(2);
    writeFileSync(configPath, 'relay: [');
    expect((await ask(configPath, allowed)).code).toBe(2);
    write('');
    expect(await ask(configPath, denied)).toMatchObject({ code: 3, output: expect.stringContaining('until 20') });
    expect(await ask(configPath, allowed)).toMatchObject({ code: 0, output: expect.stringContaining('and still is') });
    expect((await ask(configPath, refused)).code).toBe(0);
    expect((await ask(configPath, refused, { currentRules: true })).code).toBe(3);
    expect((await ask(configPath, new Date(Date.now() + 60_000).toISOString())).code).toBe(3);
    expect(await ask(configPath, beforeAll)).toMatchObject({
      code: 2,
      output: expect.stringContaining('the first config that is came into force at'),
    });
  } finally {
    relay.kill('SIGKILL');
  }

  const dataDir = join(folder, 'data');
  const records = queryAudit(dataDir, { limit: 100 }).flatMap(({ record }) =>
    record.type === 'relay' ? [record] : [],
  );
  const changes = records.filter(({ config }) => config !== undefined);
  expect([...new Set(changes.map(({ event }) => event))].toReversed()).toEqual([
    'started',
    'policy-loaded',
    'policy-refused',
  ]);
  expect(changes[0]?.detail).toContain('secert');
  expect(changes[0]?.config).toMatchObject({ file: configPath, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const store = openRevisionStore(dataDir);
  const found = store.at(Date.now());
  expect(found.status === 'found' && found.revision.text).not.toContain('hunter2');
  store.close();
}, 60_000);
