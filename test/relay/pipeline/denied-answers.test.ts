import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        upstream: echo.url,
        rules: [
          { name: 'read', methods: ['GET'] },
          { name: 'write', groups: ['orders-admins'] },
          { name: 'kept', effect: 'deny', methods: ['DELETE'] },
        ],
      },
    ],
  });
});
afterAll(async () => {
  await world.close();
  await echo.close();
});

/** A refusal as the caller gets it, with its record in the audit. */
async function refusal(method: string) {
  const answer = await fetch(`http://127.0.0.1:${world.port('orders')}/v1/refunds`, { method });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as Record<string, unknown>;
  const record = world.decisions(1)[0]?.record;
  expect(problem).toMatchObject({
    type: 'urn:causeway:problem:policy-denied',
    status: 403,
    requestId: record?.requestId,
  });
  expect(answer.headers.get('x-causeway-request-id')).toBe(record?.requestId);
  expect(problem['hint']).toMatch(/\w/);
  return { problem, record };
}

describe('a denied request', () => {
  it('is told the reason that the audit holds, the rule, and what would unlock it', async () => {
    const unlockable = await refusal('POST');
    expect(unlockable.problem).toMatchObject({ detail: unlockable.record?.reason, unlockedBy: ['orders-admins'] });
    const denied = await refusal('DELETE');
    expect(denied.record).toMatchObject({ effect: 'deny', rule: 'kept' });
    expect(denied.problem).toMatchObject({ detail: denied.record?.reason, rule: 'kept' });
  });

  it('is told none of it with disclose: minimal; the audit has it all', async () => {
    await world.configure((config) => ({ ...config, disclose: 'minimal' }));
    for (const method of ['POST', 'DELETE']) {
      const { problem, record } = await refusal(method);
      expect(JSON.stringify(problem)).not.toMatch(/orders-admins|kept/);
      expect(problem['rule']).toBeUndefined();
      expect(record?.reason).toMatch(/orders-admins|kept/);
    }
    const shown = JSON.stringify(world.client.core.snapshot().profiles.map(({ catalog }) => catalog));
    expect(shown).not.toContain('orders-admins');
    expect(echo.requests).toEqual([]);
  });
});
