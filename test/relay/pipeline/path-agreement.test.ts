import { expect, it } from 'vitest';
import { pathForms } from '../../../shared/canonical-path.ts';
import { runPathAgreement } from './run-path-agreement.ts';

it('the path that is decided on is the one that is audited and the one that the upstream receives', async () => {
  const result = await runPathAgreement({ requests: 2000, seed: 20_260_101 });
  expect(result.disagreements).toEqual([]);
  expect(result.requests).toBe(2000);
  for (const kind of ['forwarded', 'denied', 'refused'] as const) expect(result[kind]).toBeGreaterThan(200);
}, 180_000);

it('stays the same everywhere with all spellings that an API may ask for', async () => {
  const result = await runPathAgreement({ requests: 2000, seed: 20_260_102, allow: pathForms });
  expect(result.disagreements).toEqual([]);
  expect(result.forwarded).toBeGreaterThan(200);
}, 180_000);
