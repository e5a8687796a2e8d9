import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { findProgram } from '../support/install-programs.ts';
import { readProjectFile } from './read-docs.ts';

const rulesFile = 'deploy/prometheus/causeway-alerts.yml';
const { groups } = parse(readProjectFile(rulesFile)) as { groups: { rules: { alert: string }[] }[] };
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
const promtool = findProgram('promtool');
const folder = mkdtempSync(join(tmpdir(), 'causeway-alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const relay = 'instance="relay:8443"';
type Series = Readonly<Record<string, string>>;
const buckets = (name: string, least: string, most: string): Series => ({
  [`${name}_bucket{${relay},le="0.1"}`]: least,
  [`${name}_bucket{${relay},le="0.5"}`]: most,
  [`${name}_bucket{${relay},le="+Inf"}`]: most,
});
const requests = (status: string): string =>
  `http_server_request_duration_seconds_count{${relay},api="orders",decision="allow",status_class="${status}"}`;

/** What a relay says, minute by minute, when something is wrong, and when it isn’t. */
const said: Readonly<Record<string, readonly [wrong: Series, right: Series]>> = {
  CausewayDown: [{ [`up{job="causeway",${relay}}`]: '0x60' }, { [`up{job="causeway",${relay}}`]: '1x60' }],
  CausewayAuditFails: [
    { [`causeway_audit_healthy{${relay}}`]: '0x60' },
    { [`causeway_audit_healthy{${relay}}`]: '1x60' },
  ],
  CausewayAuditSlow: [
    buckets('causeway_audit_commit_seconds', '0+90x60', '0+100x60'),
    buckets('causeway_audit_commit_seconds', '0+100x60', '0+100x60'),
  ],
  // The clock of the test begins in 1970.
  CausewayCertificateEnds: [
    { [`causeway_certificate_not_after_timestamp_seconds{${relay},use="relay.tls"}`]: '1000000x120' },
    { [`causeway_certificate_not_after_timestamp_seconds{${relay},use="relay.tls"}`]: '2000000x120' },
  ],
  CausewayConfigRefused: [
    { [`causeway_config_last_reload_successful{${relay}}`]: '0x60' },
    { [`causeway_config_last_reload_successful{${relay}}`]: '1x60' },
  ],
  CausewayApiFails: [
    { [requests('5xx')]: '0+6x60', [requests('2xx')]: '0+94x60' },
    { [requests('5xx')]: '0+4x60', [requests('2xx')]: '0+96x60' },
  ],
  CausewaySignInsRefused: [
    { [`causeway_authentications_refused_total{${relay},code="token-rejected"}`]: '0+70x60' },
    { [`causeway_authentications_refused_total{${relay},code="token-rejected"}`]: '0+50x60' },
  ],
  CausewayLate: [
    { [`nodejs_eventloop_lag_p99_seconds{${relay}}`]: '0.3x60' },
    { [`nodejs_eventloop_lag_p99_seconds{${relay}}`]: '0.02x60' },
  ],
  CausewaySinkLate: [
    { [`causeway_sink_oldest_waiting_seconds{${relay},sink="siem"}`]: '1000x60' },
    { [`causeway_sink_oldest_waiting_seconds{${relay},sink="siem"}`]: '2x60' },
  ],
  CausewaySignalsFail: [
    { [`causeway_signals_failing{${relay},transmitter="okta"}`]: '1x60' },
    { [`causeway_signals_failing{${relay},transmitter="okta"}`]: '0x60' },
  ],
  CausewayNoticesLate: [
    { [`causeway_notices_oldest_waiting_seconds{${relay},channel="mail"}`]: '1000x60' },
    { [`causeway_notices_oldest_waiting_seconds{${relay},channel="mail"}`]: '1x60' },
  ],
  CausewayAnomaly: [
    { [`causeway_anomalies_total{${relay},rule="new-device"}`]: '0x55 1x5' },
    { [`causeway_anomalies_total{${relay},rule="new-device"}`]: '1x60' },
  ],
  CausewayProviderKeysOld: [
    { [`causeway_provider_keys_age_seconds{${relay},issuer="https://sso"}`]: '2000x60' },
    { [`causeway_provider_keys_age_seconds{${relay},issuer="https://sso"}`]: '600x60' },
  ],
  CausewayClockDiffers: [
    { [`causeway_provider_clock_difference_seconds{${relay},issuer="https://sso"}`]: '-45x60' },
    { [`causeway_provider_clock_difference_seconds{${relay},issuer="https://sso"}`]: '-2x60' },
  ],
  CausewaySharedStateDown: [
    { [`causeway_shared_state_up{${relay},store="redis"}`]: '0x60' },
    { [`causeway_shared_state_up{${relay},store="redis"}`]: '1x60' },
  ],
  CausewayOverloaded: [{ [`causeway_overloaded{${relay}}`]: '1x60' }, { [`causeway_overloaded{${relay}}`]: '0x60' }],
  CausewayTunnelsLost: [
    { [`causeway_resumptions_total{${relay},outcome="unknown"}`]: '0+20x60' },
    { [`causeway_resumptions_total{${relay},outcome="resumed"}`]: '0+20x60' },
  ],
  CausewayBreakGlass: [
    { [`causeway_break_glass_sign_ins_total{${relay}}`]: '0x55 1x5' },
    { [`causeway_break_glass_sign_ins_total{${relay}}`]: '0x60' },
  ],
};

/** Alerts that are on after an hour and a minute of what is said. */
function firing(alert: string, series: Series): readonly string[] {
  const file = join(folder, `${alert}.yml`);
  const test = {
    rule_files: [fileURLToPath(new URL(`../../${rulesFile}`, import.meta.url))],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: alert === 'CausewayCertificateEnds' ? '70m' : '57m',
            exp_samples: [{ labels: '{alertname="None"}', value: 1 }],
          },
        ],
      },
    ],
  };
  writeFileSync(file, stringify(test));
  const { stdout, stderr } = spawnSync(promtool ?? '', ['test', 'rules', file], { encoding: 'utf8' });
  const got = /got:(.*)/.exec(`${stdout}${stderr}`)?.[1];
  if (got === undefined) throw new Error(`promtool says: ${stdout}${stderr}`);
  return [...got.matchAll(/alertname="?\\?"?(\w+)/g)].map(([, name = '']) => name);
}

test('each alert is tried', () => {
  expect(Object.keys(said).toSorted()).toEqual(alerts.toSorted());
});

describe.runIf(promtool !== null)('of what a relay says, an alert', () => {
  test.each(Object.entries(said))('%s is on when it has to be, alone, and off otherwise', (alert, [wrong, right]) => {
    expect([firing(alert, wrong), firing(alert, right)]).toEqual([[alert], []]);
  });
});
