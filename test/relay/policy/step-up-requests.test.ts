import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

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
          { name: 'write', max_auth_age: 900, acr: ['urn:example:mfa'] },
        ],
      },
    ],
  });
});
afterAll(async () => {
  await world.close();
  await echo.close();
});

describe('a request that needs a fresh sign-in', () => {
  const url = (): string => `http://127.0.0.1:${world.port('orders')}/v1`;

  it('gets 403 with a challenge (RFC 9470) and never reaches the API', async () => {
    const answer = await fetch(url(), { method: 'POST', body: 'x' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", error_description="A fresh sign-in is required", max_age=900, acr_values="urn:example:mfa"',
    );
    expect(await answer.json()).toMatchObject({
      code: 'step-up-required',
      rule: 'write',
      stepUp: { maxAgeSeconds: 900, acr: ['urn:example:mfa'] },
    });
    expect(echo.requests).toEqual([]);
    expect(world.decisions(1)[0]?.record).toMatchObject({ effect: 'deny', rule: 'write' });
  });

  it('stands in the catalog, and other requests go on', async () => {
    expect((await fetch(url())).status).toBe(200);
    const [api] = world.client.core
      .snapshot()
      .profiles.flatMap(({ catalog }) => ('catalog' in catalog ? catalog.catalog.apis : []));
    expect(api).toMatchObject({ level: 'read-write', stepUpFor: 'write' });
  });
});
