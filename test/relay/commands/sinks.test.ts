import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sinksCommand } from '../../../relay/commands/audit/sinks.ts';
import type { SinkToLookAt } from '../../../relay/sinks/sink-status.ts';
import { openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';
import { appendDecisions, filePlace, openSink, sinkSettings } from '../sinks/sinks-world.ts';

const siem: SinkToLookAt = { name: 'siem', kind: 'file', lagWarnMs: 300_000 };

async function run(dataDir: string, json: boolean, sinks: readonly SinkToLookAt[] = [siem]): Promise<[number, string]> {
  const texts: string[] = [];
  const code = await sinksCommand({ dataDir, sinks, json, write: (text) => texts.push(text) });
  return [code, texts.join('')];
}

describe('relay audit sinks', () => {
  it('says when there is no audit, and when there are no sinks', async () => {
    await expect(run(temporaryFolder(), false)).rejects.toThrow(/There is no audit/);
    expect(await run(temporaryFolder(), false, [])).toEqual([0, 'The config names no sinks, under “audit.sinks”.\n']);
    expect(await run(temporaryFolder(), true, [])).toEqual([0, '']);
  });

  it('tells of a sink that has all', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 3);
    expect((await run(dataDir, false))[1]).toMatch(
      /^siem \(file\) {2}not-started {2}sent up to 0 of 3 {2}3 waiting {2}the oldest for \d+ s\n$/,
    );
    // As a relay leaves it for a moment at its first start.
    writeFileSync(join(dataDir, 'sinks.sqlite'), '');
    expect((await run(dataDir, false))[1]).toMatch(/not-started/);
    const sink = openSink(dataDir, sinkSettings(filePlace(join(dataDir, 'out.jsonl'))));
    await sink.until(({ seq }) => seq === 3);
    expect(await run(dataDir, false)).toEqual([0, 'siem (file)  ok  sent up to 3 of 3  0 waiting\n']);
    const [code, text] = await run(dataDir, true);
    expect([code, JSON.parse(text)]).toEqual([
      0,
      {
        name: 'siem',
        kind: 'file',
        state: 'ok',
        sentUpTo: 3,
        lastRecord: 3,
        waiting: 0,
        oldestWaitingSeconds: null,
        sent: 3,
        deliveredAt: expect.stringMatching(/^20\d\d-.*Z$/) as string,
        error: null,
        errorAt: null,
        failedAttempts: 0,
      },
    ]);
  });

  it('fails when a sink is late or ended, with the last error and since when', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2);
    const sink = openSink(dataDir, sinkSettings(filePlace(join(dataDir, 'no', '\u001b[2J', 'out.jsonl'))));
    await sink.until(({ attempts }) => attempts > 1);
    await sink.stop();
    const [code, text] = await run(dataDir, false);
    expect(code).toBe(0);
    expect(text).toMatch(
      /^siem \(file\) {2}failing {2}sent up to 0 of 2 {2}2 waiting {2}the oldest for \d+ s {2}20.*Z ENOENT.*�\[2J.* {2}failed \d+ times\n$/,
    );
    const [lateCode, late] = await run(dataDir, false, [{ ...siem, lagWarnMs: 0 }]);
    expect([lateCode, late]).toEqual([1, expect.stringMatching(/^siem \(file\) {2}late/) as string]);
    const database = new DatabaseSync(join(dataDir, 'sinks.sqlite'));
    database.exec('UPDATE sink SET ended = 1');
    database.close();
    expect(await run(dataDir, false)).toEqual([1, expect.stringMatching(/^siem \(file\) {2}ended/) as string]);
  });
});
