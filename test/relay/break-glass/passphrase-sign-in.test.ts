import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { passphrase, PersonBrowser, returnOf, startBreakGlassWorld } from './break-glass-world.ts';

describe('an emergency account with passphrase and one-time code', () => {
  it('signs in while the provider is down, reaches the API by its groups, and everybody responsible is told', async () => {
    const told: unknown[] = [];
    const chat = createServer((request, response) => {
      void json(request).then((body) => told.push(body));
      response.end();
    });
    await new Promise<void>((resolve) => {
      chat.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void chat.close());
    const { port } = chat.address() as AddressInfo;
    vi.stubEnv('CAUSEWAY_TEST_HOOK', `whsec_${randomBytes(32).toString('base64')}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const secrets = ['${env:CAUSEWAY_TEST_HOOK}'];
    const webhooks = [{ name: 'chat', url: `http://127.0.0.1:${port}/`, secrets, groups: ['payroll-leads'] }];
    const world = await startBreakGlassWorld({}, { notify: { webhooks } });
    const person = new PersonBrowser(world);
    const secret = await person.enrol(world.invite('pat'));
    await world.idp.setAvailability('refuse');

    const client = await world.newClient(async (url) => {
      const page = await person.signIn(url, 'pat', passphrase, world.freshCode('pat', secret));
      await fetch(returnOf(page));
    });
    const { profileId } = await client.core.signIn(world.relayUrl, { breakGlass: true });
    const profile = await client.waitFor('the sign-in', ({ profiles }) => {
      const found = profiles.find(({ id }) => id === profileId);
      if (found?.signIn.status === 'signed-out' && found.signIn.problem !== null)
        throw new Error(found.signIn.problem.detail);
      return found?.signIn.status === 'signed-in' && found.catalog.status === 'ready' ? found : null;
    });
    const connection = await client.connect(profile.id, 'orders');
    expect((await fetch(`http://127.0.0.1:${connection.port}/v1/orders`)).status).toBe(200);

    const { signIn, catalog } = profile;
    if (signIn.status !== 'signed-in' || catalog.status !== 'ready') throw new Error('not signed in');
    expect(signIn.bound).toBe('dpop');
    expect(signIn.expiresAtMs - signIn.sinceMs).toBeLessThanOrEqual(30 * 60_000);
    expect(catalog.catalog.person).toMatchObject({ name: 'pat' });

    const records = world.records();
    expect(records).toContainEqual(
      expect.objectContaining({
        type: 'relay',
        event: 'break-glass-sign-in',
        person: { issuer: world.issuer, subject: 'pat', username: 'pat' },
      }),
    );
    const decision = records.find(({ type }) => type === 'decision');
    expect(decision).toMatchObject({
      effect: 'allow',
      caller: { issuer: world.issuer, username: 'pat', groups: ['keepers', 'break-glass'] },
    });
    expect(await world.relay().metrics.text()).toMatch(/^causeway_break_glass_sign_ins_total 1$/m);
    expect(world.logged.join('')).toContain('break-glass: somebody has signed in');
    // Whichever requests they decide.
    await vi.waitFor(() => expect(told).toHaveLength(1), 30_000);
    expect(told).toMatchObject([{ type: 'break-glass.signed-in', data: { account: 'pat', address: '127.0.0.1' } }]);
  });
});
