import { describe, expect, it } from 'vitest';
import { startBreakGlassWorld } from './break-glass-world.ts';
import { startPasskeyBrowser } from './passkey-browser.ts';

describe('an emergency account with a passkey, in Chromium', () => {
  it('enrols by a link, signs in while the provider is down, and not twice with the same answer', async () => {
    const world = await startBreakGlassWorld();
    const browser = await startPasskeyBrowser();
    const { page } = browser;
    const refused: string[] = [];
    page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
    expect(await browser.enrol(world.invite('kim'))).toBe('Enrolled');
    await world.idp.setAvailability('refuse');

    const posted: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/prove')) posted.push(request.postData() ?? '');
    });
    const client = await world.newClient((url) => browser.signIn(url));
    const { profileId } = await client.core.signIn(world.relayUrl, { breakGlass: true });
    const profile = await client.waitFor('the sign-in', ({ profiles }) => {
      const found = profiles.find(({ id }) => id === profileId);
      return found?.signIn.status === 'signed-in' && found.catalog.status === 'ready' ? found : null;
    });
    await page.getByText('You’re signed in').waitFor();
    const connection = await client.connect(profile.id, 'orders');
    expect((await fetch(`http://127.0.0.1:${connection.port}/v1/orders`)).status).toBe(200);
    // The pages’ own policy refuses none of what they need.
    expect(refused).toEqual([]);

    // The same answer again, from the same browser.
    const cookies = await browser.context.cookies(world.relayUrl);
    const again = await fetch(`${world.issuer}/prove`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: world.relayUrl,
        cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      },
      body: posted[0] ?? '',
    });
    expect(again.status).toBe(400);
    expect(await again.text()).toContain('was used already');
    expect(
      world.records().filter((record) => record.type === 'relay' && record.event === 'break-glass-sign-in'),
    ).toHaveLength(1);
  });
});
