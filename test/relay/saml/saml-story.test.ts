import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeadlessClient } from '../../support/start-headless-client.ts';
import { type SamlWorld, startSamlWorld } from './saml-world.ts';

let world: SamlWorld;
let client: HeadlessClient;
let profileId: string;
let port: number;

beforeAll(async () => {
  world = await startSamlWorld();
  client = await world.newClient();
});
afterAll(() => world.close());

const call = () => fetch(`http://127.0.0.1:${port}/v1/orders/4711`);

describe('a company whose provider speaks only SAML', () => {
  it('is one sign-in service like any other for the app', async () => {
    const discovery = (await (await fetch(`${world.relayUrl}/.well-known/causeway`)).json()) as { issuers: unknown[] };
    expect(discovery.issuers).toMatchObject([
      { name: 'Example SAML', issuer: world.issuer, clientId: 'causeway', dpop: 'required' },
    ]);
  });

  it('signs in with a signed request', async () => {
    world.idp.say({ authnInstantMs: Date.now() - 600_000 });
    const profile = await client.signIn(world.relayUrl);
    profileId = profile.id;
    expect(profile.signIn).toMatchObject({ status: 'signed-in' });
    expect(world.idp.requests).toHaveLength(1);
    expect(JSON.stringify(profile)).toContain('Alice Moreau');
  });

  it('calls an API that the SAML groups unlock', async () => {
    ({ port } = await client.connect(profileId, 'orders'));
    expect((await call()).status).toBe(200);
  });

  it('asks the provider again where a fresh sign-in is wanted, while connections stay up', async () => {
    world.idp.say({});
    client.core.stepUp(profileId, { maxAgeSeconds: 60 });
    await client.waitFor('the second sign-in', () => (world.idp.requests.length === 2 ? true : null));
    expect(world.idp.requests.at(-1)).toContain('ForceAuthn="true"');
    expect((await call()).status).toBe(200);
    await client.waitFor('its end', ({ profiles: [profile] }) => (profile && !profile.stepUp ? true : null));
  });

  it('keeps keys and store closed to others', () => {
    for (const file of ['saml-bridge-keys.json', 'saml-bridge.db'])
      expect(statSync(join(world.dataDir, file)).mode & 0o077).toBe(0);
  });

  it('signs out at the provider, too, and nothing of the sign-in is left', async () => {
    await client.core.signOut(profileId);
    expect(world.idp.logouts).toHaveLength(1);
    expect(world.idp.logouts[0]).toContain('p-4711');
    expect(world.idp.logouts[0]).toContain(world.idp.last().sessionIndex);
    const asked = world.idp.requests.length;
    world.idp.say({});
    await client.signIn(world.relayUrl);
    expect(world.idp.requests).toHaveLength(asked + 1);
  });
});
