import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakGlassFile } from '../../../relay/break-glass/break-glass-store.ts';
import {
  type BreakGlassWorld,
  fieldOf,
  optionsOf,
  PersonBrowser,
  returnOf,
  startBreakGlassWorld,
} from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

let world: BreakGlassWorld;
let database: DatabaseSync;
let [kim, ada]: SoftAuthenticator[] = [];
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  const accounts = ['kim', 'ada'].map((name) => ({ name, groups: ['keepers'] }));
  const lockout = { address_failures: 1000 };
  world = await startBreakGlassWorld({ accounts, two_persons: true, lockout }, {}, (closer) => (close = closer));
  [kim, ada] = [new SoftAuthenticator(world.relayUrl), new SoftAuthenticator(world.relayUrl)];
  await new PersonBrowser(world).enrolPasskey(world.invite('kim'), kim);
  await new PersonBrowser(world).enrolPasskey(world.invite('ada'), ada);
  database = new DatabaseSync(join(world.dataDir, breakGlassFile), { readOnly: true });
});
afterAll(async () => {
  database?.close();
  await close();
});

/** All that requests can leave in the data folder; notes for the audit come and go by themselves. */
const kept = (): unknown =>
  ['item', 'failure', 'account'].map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all());
/** More than any bound of what is kept of an address. */
const many = Array.from({ length: 40 });

async function strangersOpen(): Promise<void> {
  const url = (await createTestClient(world.issuer)).authorizeUrl();
  for (const _ of many) {
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${world.issuer}/approve`)).status).toBe(200);
  }
}

describe('strangers who open pages', () => {
  it('make the relay write nothing', async () => {
    const before = kept();
    await strangersOpen();
    expect(kept()).toEqual(before);
  });

  it('push out nobody: neither who has a page open, nor who waits, nor who approves', async () => {
    const client = await createTestClient(world.issuer);
    const [person, second] = [new PersonBrowser(world), new PersonBrowser(world)];
    const page = await person.open(client.authorizeUrl());
    const approve = await second.open(`${world.issuer}/approve`);
    await strangersOpen();
    const wait = await person.usePasskey(page, kim?.get(optionsOf(page)) ?? {});
    const [, approval = ''] = /<code>([A-Z2-9-]+)<\/code>/.exec(wait.text) ?? [];
    const [, again = ''] = /content="2;url=([^"]*)"/.exec(wait.text) ?? [];
    await strangersOpen();
    const decide = await second.usePasskey(approve, ada?.get(optionsOf(approve)) ?? {}, { approval });
    await strangersOpen();
    const done = await second.post('decide', { flow: fieldOf(decide, 'flow'), decision: 'approve' });
    expect(done.text).toContain('<h1>Approved</h1>');
    expect(returnOf(await person.open(`${world.relayUrl}${again}`))).toContain('code=');
    // A page that was proved once starts nothing again, also after its sign-in is over.
    expect((await person.usePasskey(page, kim?.get(optionsOf(page)) ?? {})).status).toBe(400);
  });

  it('and send codes that are none are recorded once in a while', async () => {
    const client = await createTestClient(world.issuer);
    for (const _ of many) expect((await client.redeem('A'.repeat(43))).status).toBe(400);
    const junk = () => JSON.stringify(world.records()).split('the code was used, is too old').length - 1;
    await expect.poll(junk).toBeGreaterThan(0);
    expect(junk()).toBeLessThan(many.length / 2);
  });
});
