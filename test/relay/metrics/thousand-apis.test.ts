import { expect, it } from 'vitest';
import type { AuditLog, AuditRecord, QueueCounts } from '../../../relay/audit/audit-record.ts';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';
import { readConfig } from '../../../relay/config/load-config.ts';
import { createRelayMetrics, type RelayMetrics } from '../../../relay/metrics/relay-metrics.ts';
import { minimalConfig } from '../config/config-folder.ts';

const silent: AuditLog & QueueCounts = {
  healthy: true,
  waiting: 0,
  failed: 0,
  append: (_record, done) => done(null),
  close: () => Promise.resolve(),
};

async function configOf(count: number): Promise<LoadedConfig> {
  const loaded = await readConfig({ path: '/relay.yaml', text: minimalConfig() }, { files: 'skip' });
  const [api] = loaded.config.apis;
  if (api === undefined) throw new Error('The config has no API.');
  const apis = Array.from({ length: count }, (_, index) => ({ ...api, id: `department-service-${index}` }));
  return { ...loaded, config: { ...loaded.config, apis } };
}

const caller = {
  issuer: 'http://127.0.0.1:9000',
  subject: 'subject-of-alice',
  username: 'alice',
  groups: [],
  sessionId: 's',
  device: '',
  remoteAddress: '192.0.2.7',
};

/** Each API with every kind of end that there is. */
function useAll(metrics: RelayMetrics, loaded: LoadedConfig): void {
  const audit = metrics.counted(silent);
  const append = (record: AuditRecord): void => audit.append(record, () => undefined);
  const kinds: readonly (readonly [effect: 'allow' | 'deny', status: number | null])[] = [
    ['allow', 200],
    ['allow', 302],
    ['allow', 404],
    ['allow', 502],
    ['allow', null],
    ['deny', 403],
    ['deny', 503],
  ];
  let made = 0;
  for (const { id } of loaded.config.apis)
    for (const [effect, status] of kinds) {
      const requestId = `request-${(made += 1)}`;
      append({
        type: 'decision',
        requestId,
        timeMs: 0,
        caller,
        api: id,
        method: 'GET',
        path: '/secret/path',
        effect,
        rule: null,
        reason: '',
        policyRevision: '',
        ...(effect === 'deny' ? { code: 'policy-denied' as const } : {}),
      });
      append({
        type: 'outcome',
        requestId,
        timeMs: 0,
        outcome: 'completed',
        status,
        durationMs: 12,
        requestBytes: 1,
        responseBytes: 1,
        detail: null,
      });
    }
}

it.each([
  [100, true],
  [1000, false],
])('%i APIs with every kind of end stay below 2 MB; by buckets: %s', async (count, isDetailed) => {
  const loaded = await configOf(count);
  const metrics = createRelayMetrics(loaded, '1.0.0');
  useAll(metrics, loaded);
  const text = await metrics.text();
  metrics.close();
  expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  expect(text.match(/^http_server_request_duration_seconds_count\{/gm)).toHaveLength(count * 7);
  expect(text.includes('http_server_request_duration_seconds_bucket')).toBe(isDetailed);
  expect(text).not.toMatch(/alice|secret|192\.0\.2\.7/);
});

it('two processes’ values of 1,000 APIs add up', async () => {
  const loaded = await configOf(1000);
  const [one, other] = [createRelayMetrics(loaded, '1.0.0'), createRelayMetrics(loaded, '1.0.0')];
  useAll(one, loaded);
  useAll(other, loaded);
  const text = await one.text([await other.values()]);
  for (const metrics of [one, other]) metrics.close();
  expect(text).toContain(
    'http_server_request_duration_seconds_count{api="department-service-7",decision="allow",status_class="2xx"} 2\n',
  );
  expect(text).toContain(
    'http_server_request_duration_seconds_sum{api="department-service-7",decision="allow",status_class="2xx"} 0.024\n',
  );
  expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
});

it('of several processes the one that is late, and the one whose audit can’t be written, count', async () => {
  const loaded = await configOf(1);
  const [one, other, third] = [0, 1, 2].map(() => createRelayMetrics(loaded, '1.0.0')) as [
    RelayMetrics,
    RelayMetrics,
    RelayMetrics,
  ];
  const logs = [silent, { ...silent, healthy: false }, silent];
  for (const [index, metrics] of [one, other, third].entries()) metrics.counted(logs[index] ?? silent);
  const late = (await other.values()).map((metric) =>
    metric.name === 'nodejs_eventloop_lag_p99_seconds'
      ? { ...metric, values: metric.values.map((value) => ({ ...value, value: 4 })) }
      : metric,
  );
  const text = await one.text([late, await third.values()]);
  const alone = await one.text();
  for (const metrics of [one, other, third]) metrics.close();
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds 4$/m);
  expect(text).toMatch(/^causeway_audit_healthy 0$/m);
  expect(alone).toMatch(/^causeway_audit_healthy 1$/m);
});

it('what an alert is to see the first of is there before it', async () => {
  const metrics = createRelayMetrics(await configOf(1), '1.0.0');
  metrics.counted(silent);
  const text = await metrics.text();
  metrics.close();
  expect(text.match(/^causeway_anomalies_total\{rule="[a-z-]+"\} 0$/gm)).toHaveLength(9);
  expect(text).toMatch(/^causeway_break_glass_sign_ins_total 0$/m);
});

it('labels of refused sign-ins and times of providers name issuers of the config alone', async () => {
  const loaded = await configOf(1);
  const metrics = createRelayMetrics(loaded, '1.0.0');
  const audit = metrics.counted(silent);
  const refuse = (issuer: string | null): void =>
    audit.append(
      {
        type: 'authentication-refused',
        timeMs: 0,
        remoteAddress: '',
        code: 'token-rejected',
        detail: '',
        claimed: issuer === null ? null : { issuer, subject: 'x' },
      },
      () => undefined,
    );
  for (const issuer of ['http://127.0.0.1:9000', 'https://made-up.example', 'https://made-up-2.example', null])
    refuse(issuer);
  metrics.signIns.accepted('http://127.0.0.1:9000');
  metrics.signIns.providers(() => [
    { issuer: 'http://127.0.0.1:9000', keysFetchedAtMs: Date.now() - 90_000, clockDifferenceMs: -1500 },
    { issuer: 'http://127.0.0.1:9001', keysFetchedAtMs: null, clockDifferenceMs: null },
  ]);
  const text = await metrics.text();
  metrics.close();
  expect(text).toContain('causeway_authentications_total{issuer="http://127.0.0.1:9000",code="token-rejected"} 1\n');
  expect(text).toContain('causeway_authentications_total{issuer="unknown",code="token-rejected"} 3\n');
  expect(text).toContain('causeway_authentications_total{issuer="http://127.0.0.1:9000",code="ok"} 1\n');
  expect(text).toMatch(/causeway_provider_keys_age_seconds\{issuer="http:\/\/127\.0\.0\.1:9000"\} 9\d/);
  expect(text).toContain('causeway_provider_clock_difference_seconds{issuer="http://127.0.0.1:9000"} -1.5\n');
  expect(text).not.toMatch(/made-up|9001/);
});
