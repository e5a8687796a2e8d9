import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { writeAudit } from '../reports/audit-of.ts';
import { before, guesser, issuer, rules } from './each-rule.ts';

const lockMinutes = 30;

describe('each rule of anomalies', () => {
  let folder: string;
  let dataDir: string;
  let relay: Relay;
  let metrics: string;
  let findings: readonly Finding[];
  const logged: Readonly<Record<string, unknown>>[] = [];
  let sent: readonly Finding[] = [];

  const readSent = (file: string): readonly Finding[] =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { record: AuditRecord }).record]))
      .filter((record) => record.type === 'anomaly');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-rules-'));
    dataDir = join(folder, 'data');
    await makeDemoCertificates(folder);
    await writeAudit(dataDir, [
      ...before.toSorted((one, other) => one.timeMs - other.timeMs),
      ...rules.flatMap(([, , , records]) => records),
    ]);
    const locks = { lock_minutes: lockMinutes };
    const config: ConfigInput = {
      relay: {
        name: 'Example Company',
        url: 'https://127.0.0.1:1',
        listen: { host: '127.0.0.1', port: 0 },
        tls: { cert: 'relay.pem', key: 'relay-key.pem' },
        data: 'data',
        drain_seconds: 0,
      },
      issuers: [{ name: 'Example IdP', issuer, client_id: 'causeway', audience: 'https://127.0.0.1:1' }],
      apis: [{ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all', groups: ['*'] }] }],
      anomalies: {
        denial_burst: locks,
        path_scan: locks,
        first_use_of_api: locks,
        new_device: locks,
        new_address: locks,
        two_places: locks,
        refused_sign_ins: locks,
        dormant_account: locks,
        break_glass: locks,
      },
      // What a finding says of people is sealed in the record, and opened for whoever reads.
      audit: { erasable: true, sinks: [{ name: 'siem', kind: 'file', path: 'siem.jsonl', types: ['anomaly'] }] },
    };
    const configPath = join(folder, 'relay.yaml');
    writeFileSync(configPath, stringify(config), { mode: 0o600 });
    const log = pino(
      { level: 'warn' },
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          logged.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
          done();
        },
      }),
    );
    relay = await startRelay(await loadConfig(configPath), log);
    await vi.waitFor(
      () => {
        sent = readSent(join(folder, 'siem.jsonl'));
        expect(new Set(sent.map(({ rule }) => rule))).toEqual(new Set(rules.map(([rule]) => rule)));
      },
      { timeout: 90_000, interval: 200 },
    );
    metrics = await relay.metrics.text();
    findings = queryAudit(dataDir, { limit: 1000, type: 'anomaly' }).flatMap(({ record }) =>
      record.type === 'anomaly' ? [record] : [],
    );
  }, 120_000);
  afterAll(async () => {
    await relay?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(rules)(
    '%s is in the audit, the log, the metric, what sinks get, and locks',
    async (rule, person, locksPerson) => {
      const about = person === null ? { person: null, remoteAddress: guesser } : { person: { username: person } };
      const found = findings.filter((finding) => finding.rule === rule);
      expect(found).toMatchObject([{ rule, ...about }]);
      expect(sent.filter((finding) => finding.rule === rule)).toEqual(found);
      expect(logged.filter((line) => line['msg'] === 'out of the ordinary' && line['rule'] === rule)).toMatchObject([
        { level: 40, person, detail: found[0]?.detail },
      ]);
      expect(metrics).toContain(`causeway_anomalies_total{rule="${rule}"} 1\n`);
      const lockedBy = (): readonly object[] => {
        const store = openLockStore(dataDir);
        try {
          return store.list().filter(({ author }) => author === `the rule ${rule}`);
        } finally {
          store.close();
        }
      };
      const target = locksPerson
        ? { type: 'person', who: `subject-${person}`, issuer }
        : { type: 'address', network: guesser };
      await expect.poll(lockedBy, { timeout: 20_000 }).toMatchObject([{ target }]);
    },
  );
});
