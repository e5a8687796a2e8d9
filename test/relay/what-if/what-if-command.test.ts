import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../../relay/audit/audit-store.ts';
import { whatIfCommand } from '../../../relay/commands/policy/what-if.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openWhatIfThread, type WhatIfThread } from '../../../relay/what-if/ask-what-if.ts';
import type { WhatIfPlace } from '../../../relay/what-if/what-if-at.ts';
import { openRevisionStore, revisionHash } from '../../../relay/revisions/revision-store.ts';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import { openConfigFolder, type ConfigFolder, minimalConfig } from '../config/config-folder.ts';
import { decided, type DecisionRecord } from './what-if-fixture.ts';

const rules = (text: string): string => minimalConfig({ api: `    rules: [${text}]` });
const staffRule = '{ name: staff, groups: [staff] }';
const older = rules('{ name: staff, groups: [staff], claims: { department: [sales] } }');
const bounds = { days: 7, records: 1000, seconds: 20, rows: 50 };

let folder: ConfigFolder;
let place: WhatIfPlace;
let thread: WhatIfThread;

beforeAll(async () => {
  folder = await openConfigFolder();
  const path = await folder.write('relay.yaml', rules(staffRule));
  await folder.write('none.yaml', rules(''));
  await folder.write('sales.yaml', older);
  await folder.write('broken.yaml', 'relay: {}');
  await folder.write('unfinished.yaml', 'relay: {');
  const { config } = await loadConfig(path);
  const dataDir = join(folder.path, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const loadedOlder = await loadConfig(folder.file('sales.yaml'));
  const hourAgo = Date.now() - 3_600_000;
  const revisions = openRevisionStore(dataDir);
  revisions.keep({ timeMs: hourAgo - 1, event: 'loaded', file: path, hash: revisionHash(older) }, older);
  revisions.close();
  const of = (more: Partial<DecisionRecord>): DecisionRecord => decided({ timeMs: hourAgo, ...more });
  fill(dataDir, [
    of({ timeMs: Date.now() - 30 * 86_400_000 }),
    of({ policyRevision: compilePolicy(loadedOlder.config).revision }),
    of({ policyRevision: compilePolicy(config).revision, timeMs: hourAgo + 1 }),
  ]);
  place = { path, inForce: config, state: { dataDir }, shared: null };
  thread = openWhatIfThread();
});
afterAll(async () => {
  await thread?.close();
  await folder?.close();
});

function fill(dataDir: string, records: readonly DecisionRecord[]): void {
  const files = auditFiles(dataDir);
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
  store.write(records.map(auditLine));
  store.checkpoint();
  store.close();
}

async function ask(file: string, more: Partial<typeof bounds> = {}): Promise<{ code: number; output: string }> {
  let output = '';
  const write = (text: string): void => void (output += text);
  const code = await whatIfCommand({ ...bounds, ...more, file: folder.file(file), place, json: false, write });
  return { code, output };
}

describe('relay policy what-if', () => {
  it('says in words who loses what, of the days that were asked for', async () => {
    const { code, output } = await ask('none.yaml');
    expect(code).toBe(3);
    expect(output).toContain('Looked at 2 decisions in 2 records');
    expect(output).toContain('Would be denied from now on: 2 requests of 1 people.');
    expect(output).toContain('group staff: 2 requests of 1 people');
    expect(output).toMatch(/alice {2}GET orders\/\* {2}2×, from /);
    expect(output).toContain('recorded: allow by “staff”; proposed: deny by no rule.'.replace('recorded', 'then'));
  });

  it('uses what the config of then tells of a caller: who met its claim meets it again, of others it can’t tell', async () => {
    const { code, output } = await ask('sales.yaml');
    expect(code).toBe(0);
    expect(output).toContain('Can’t be told, because no record says what it depends on: 1 requests of 1 people.');
    expect(output).toContain('It depends on: a token whose claim department is sales.');
  });

  it('finds nothing for the same rules', async () => {
    const { code, output } = await ask('relay.yaml');
    expect([code, output]).toEqual([
      0,
      expect.stringContaining('The rules of all APIs are the same as those in force.'),
    ]);
  });

  it('says how far it came', async () => {
    const { output } = await ask('none.yaml', { records: 1 });
    expect(output).toContain('as many records as it may and stopped there');
    expect((await ask('none.yaml', { days: 60 })).output).toContain('The audit begins there.');
  });

  it.each([
    ['broken.yaml', 'The proposed config can’t be used: line 1: “relay.name” is missing'],
    // A sentence of its own, and no key that it would be about.
    ['unfinished.yaml', 'here and just above.\n'],
    ['nope.yaml', 'can’t be read'],
  ])('refuses %s', async (file, words) => {
    expect(await ask(file)).toMatchObject({ code: 2, output: expect.stringContaining(words) });
  });
});

describe('the thread', () => {
  it('answers the same, one question at a time, and ends when nobody waits', async () => {
    const signal = new AbortController().signal;
    const asked = { ...bounds, text: rules('') };
    const first = thread.ask(place, asked, signal);
    await expect(thread.ask(place, asked, signal)).rejects.toMatchObject({ code: 'overloaded' });
    expect(await first).toMatchObject({ totals: { lost: { requests: 2, people: 1 } } });
    const ending = new AbortController();
    const abandoned = thread.ask(place, asked, ending.signal);
    ending.abort();
    await expect(abandoned).rejects.toMatchObject({ code: 'overloaded' });
    await expect
      .poll(() =>
        thread.ask(place, asked, signal).then(
          ({ totals }) => totals.lost.requests,
          () => 0,
        ),
      )
      .toBe(2);
  });

  it('hands on what is refused', async () => {
    const asked = { ...bounds, text: 'relay: {}' };
    await expect(thread.ask(place, asked, new AbortController().signal)).rejects.toMatchObject({ code: 'bad-input' });
  });
});
