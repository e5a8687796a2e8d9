import { expect, it } from 'vitest';
import { ConsoleBrowser } from '../../../support/console-browser.ts';
import { freePort } from '../../../support/free-port.ts';
import { startRelayProcess } from '../../../support/start-relay-process.ts';
import { passphrase, PersonBrowser, returnOf, startBreakGlassWorld } from '../../break-glass/break-glass-world.ts';

it('an emergency account signs in at the console while the provider is down', { timeout: 120_000 }, async () => {
  const adminPort = await freePort();
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const world = await startBreakGlassWorld(
    {},
    {
      admin: {
        listen: { port: adminPort },
        roles: { operator: ['keepers'] },
        console: {
          sign_in: [
            { issuer: 'SSO', client_id: 'causeway-console' },
            { issuer: 'Break-glass', client_id: 'causeway' },
          ],
        },
      },
    },
  );
  const person = new PersonBrowser(world);
  const secrets = { pat: await person.enrol(world.invite('pat')), sam: await person.enrol(world.invite('sam')) };
  await world.stop();
  const relay = await startRelayProcess({ configPath: world.configPath });
  try {
    await world.idp.setAvailability('refuse');
    const begin = async (browser: ConsoleBrowser, provider: string) =>
      browser.ask(`/console/auth/start?${new URLSearchParams({ provider }).toString()}`);
    const signIn = async (browser: ConsoleBrowser, name: 'pat' | 'sam') => {
      const { status, headers } = await begin(browser, 'Break-glass');
      expect([status, headers.location?.startsWith(`${world.issuer}/authorize?`)]).toEqual([303, true]);
      const code = world.freshCode(name, secrets[name]);
      const page = await new PersonBrowser(world).signIn(headers.location ?? '', name, passphrase, code);
      return browser.deliver(returnOf(page));
    };
    expect((await begin(new ConsoleBrowser(adminUrl), 'SSO')).status).toBe(503);

    const browser = new ConsoleBrowser(adminUrl);
    expect((await signIn(browser, 'pat')).status).toBe(303);
    expect(JSON.parse((await browser.ask('/admin/v1/me')).text)).toMatchObject({
      name: 'pat (console)',
      person: { issuer: world.issuer },
      roles: ['operator'],
      signIn: { at: 'Break-glass' },
    });
    expect(world.records()).toContainEqual(expect.objectContaining({ type: 'relay', event: 'break-glass-sign-in' }));
    expect(world.records()).toContainEqual(
      expect.objectContaining({ event: 'console-signed-in', detail: 'at Break-glass, as operator' }),
    );
    const left = await browser.ask('/console/auth/sign-out', { method: 'POST' });
    expect(JSON.parse(left.text)).toEqual({ endSessionUrl: null });
    expect((await browser.ask('/admin/v1/me')).status).toBe(401);

    expect((await signIn(new ConsoleBrowser(adminUrl), 'sam')).status).toBe(403);
    const foreign = new URL((await begin(new ConsoleBrowser(adminUrl), 'Break-glass')).headers.location ?? '');
    foreign.searchParams.set('redirect_uri', 'http://127.0.0.1:1/console/auth/callback');
    expect((await fetch(foreign)).status).toBe(400);
  } finally {
    await relay.stop();
  }
});
