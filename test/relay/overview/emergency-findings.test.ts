import { expect, it } from 'vitest';
import { waitingEmergencies } from '../../../console/shell/emergency-sign-ins.ts';
import { pageOfFindings } from '../../../relay/anomalies/acknowledged.ts';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import { lookAtState } from '../../../relay/overview/look-at-state.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { writeAudit } from '../reports/audit-of.ts';

const nowMs = Date.now();
const nowhere = { sessionId: '', device: '', detail: '' };
const kim = { issuer: 'https://relay.example.com/break-glass', subject: 'kim', username: 'kim' };

it('no number of other findings pushes an emergency sign-in out of the banner or the overview', async () => {
  const dataDir = temporaryFolder();
  const emergency: Finding = {
    type: 'anomaly',
    id: 'emergency',
    rule: 'break-glass',
    timeMs: nowMs - 60_000,
    person: kim,
    remoteAddress: '10.2.0.7',
    api: null,
    ...nowhere,
  };
  const others = Array.from({ length: 1100 }, (_, index): Finding => ({
    ...emergency,
    id: `guess-${index}`,
    rule: 'refused-sign-ins',
    timeMs: nowMs - 30_000 + index,
    person: null,
    remoteAddress: `203.0.113.${index % 250}`,
  }));
  await writeAudit(dataDir, [emergency, ...others]);
  const counts = { dataDir, shared: null };
  const banner = await pageOfFindings(counts, waitingEmergencies);
  expect(banner.findings.map(({ id }) => id)).toEqual(['emergency']);
  const config = { audit: { sinks: [] }, break_glass: undefined, relay: { data: dataDir } };
  const seen = await lookAtState({ config: config as never, counts, state: { dataDir } }, nowMs);
  expect(seen).toMatchObject({ anomaliesUnacknowledged: 1000, emergencySignIns: [{ id: 'emergency' }] });
});
