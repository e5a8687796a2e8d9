import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkNames } from '../../relay/doctor/finding.ts';
import { findProgram } from '../support/install-programs.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/operate.md');
const rulesFile = 'deploy/prometheus/causeway-alerts.yml';
const { groups } = parse(readProjectFile(rulesFile)) as {
  groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const metricsPage = sectionOf(readProjectFile('docs/admin.md'), '## Metrics');
const metrics = new Set(tableIn(metricsPage).flatMap((row) => codesIn(row['metric'] ?? '')));

/** Names of metrics in an expression, without the suffixes of histograms. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b((?:causeway|http_server|nodejs|process)_\w+)/g)].map(([, name = '']) =>
    name.replace(/_(?:bucket|count|sum)$/, ''),
  );
}

const isKnown = (name: string): boolean => metrics.has(name) || /^(?:nodejs|process)_/.test(name);
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

test('each alert has its row and its section, and no other', () => {
  expect(tableIn(page).flatMap((row) => codesIn(row['alert'] ?? ''))).toEqual(rules.map(({ alert }) => alert));
  const anchors = new Set([...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
  for (const { alert, annotations } of rules) {
    const [file, anchor = ''] = annotations.runbook.split('#');
    expect([alert, file, anchors.has(anchor)]).toEqual([alert, 'docs/operate.md', true]);
  }
});

test('alerts and dashboard ask for metrics that there are', () => {
  const dashboard = JSON.parse(readProjectFile('deploy/grafana/causeway-relay.json')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  const asked = [
    ...rules.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  const names = asked.flatMap(metricsIn);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !isKnown(name))).toEqual([]);
});

test('the doctor’s checks are those of the code', () => {
  const told = tableIn(sectionOf(page, '## The doctor')).flatMap((row) => codesIn(row['check'] ?? ''));
  expect(told).toEqual(checkNames);
});

const promtool = findProgram('promtool');
test.runIf(promtool !== null)('promtool takes the alerts', () => {
  const file = fileURLToPath(new URL(`../../${rulesFile}`, import.meta.url));
  const { status, stdout } = spawnSync(promtool ?? '', ['check', 'rules', file], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
});
