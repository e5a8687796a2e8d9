import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countOwn } from '../../../relay/audit/count-own.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { countedAudit } from '../../../relay/metrics/counted-audit.ts';
import { append, decision, silent, temporaryFolder } from '../audit/audit-fixtures.ts';

/** A real log that takes nothing more once two records wait, and what its metrics say of it. */
async function counted() {
  const audit = await createAuditLog({ dataDir: temporaryFolder(), log: silent, maxQueuedRecords: 2 });
  onTestFinished(() => audit.close());
  const registry = new Registry();
  const ofRegistry = { isApi: () => true, isDetailed: true, didRefuse: () => undefined, didEnd: () => undefined };
  const log = countedAudit(audit, registry, ofRegistry);
  const value = async (name: string): Promise<number | undefined> => {
    const metric = await registry
      .getSingleMetric(`causeway_audit_${name}_records${name === 'failed' ? '_total' : ''}`)
      ?.get();
    return metric?.values[0]?.value;
  };
  return { audit, log, value };
}

describe('the metrics of what waits for the disk', () => {
  it('count it until it is durable, and what could not be written', async () => {
    const { log, value } = await counted();
    const answers = [1, 2, 3, 4].map((number) => append(log, decision(`r${number}`)));
    expect(await value('queued')).toBe(2);
    expect((await Promise.all(answers)).map((error) => error === null)).toEqual([true, true, false, false]);
    expect(await value('queued')).toBe(0);
    expect(await value('failed')).toBe(2);
    expect(await append(log, decision('r5'))).toBe(null);
    expect(await value('failed')).toBe(2);
  });

  it('leave to other processes what those count themselves', async () => {
    const { audit } = await counted();
    const own = countOwn(audit);
    const theirs = new Promise((resolve) => audit.appendLines('{"type":"decision"}', resolve));
    const ours = append(own, decision('r1'));
    const refused = append(own, decision('r2'));
    expect([audit.waiting, own.waiting]).toEqual([2, 2]);
    expect((await refused)?.message).toContain('too many records wait');
    expect(await Promise.all([theirs, ours])).toEqual([null, null]);
    expect([own.waiting, own.failed]).toEqual([0, 1]);
  });
});
