import { expect, test } from 'vitest';
import { reportTable } from './report-table.ts';
import { runAttack } from './run-attack.ts';

test('some seconds of generated cases from both sides crash, hang and smuggle nothing, and the audit says what happened', async () => {
  const report = await runAttack({ seed: 8, durationMs: 5000, atOnce: 48 });
  expect(report.findings, reportTable(report)).toEqual([]);
  expect(report.cases).toBeGreaterThan(40);
}, 120_000);
