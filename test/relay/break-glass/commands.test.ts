import { expect, it } from 'vitest';
import { openAuditReader } from '../../../relay/audit/reading/audit-reader.ts';
import { breakGlassCommand, type BreakGlassCommandOptions } from '../../../relay/commands/break-glass.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { passphrase, PersonBrowser, returnOf, startBreakGlassWorld } from './break-glass-world.ts';
import { createTestClient } from './test-client.ts';

it('invites, lists, disables and removes accounts; each act and all that came of it is found in the audit', async () => {
  const world = await startBreakGlassWorld();
  const { config } = await loadConfig(world.configPath);
  const run = async (action: BreakGlassCommandOptions['action']) => {
    let text = '';
    const write = (more: string): void => void (text += more);
    const code = await breakGlassCommand({ config, redis: undefined, storage: undefined, action, json: true, write });
    return { code, text };
  };
  const act = (type: 'invite' | 'disable' | 'enable' | 'remove', account: string, reason = 'a test') =>
    run({ type, account, reason });
  const stateOf = async (account: string): Promise<string> => {
    const { text } = await run({ type: 'list' });
    const rows = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]));
    return rows.find(({ name }) => name === account)?.['state'] ?? '';
  };
  expect(await act('invite', 'nobody')).toMatchObject({ code: 2, text: expect.stringContaining('kim, pat, sam') });
  expect(await act('remove', 'sam')).toMatchObject({ code: 2, text: expect.stringContaining('Nobody has enrolled') });

  const invited = await act('invite', 'pat', 'New on-call');
  const { link } = JSON.parse(invited.text) as { link: string };
  const person = new PersonBrowser(world);
  const secret = await person.enrol(link);
  expect(await stateOf('pat')).toBe('enrolled');

  const signIn = async () => {
    const client = await createTestClient(world.issuer);
    const page = await person.signIn(client.authorizeUrl(), 'pat', passphrase, world.freshCode('pat', secret));
    if (page.status !== 200) return { status: page.status, catalog: () => Promise.resolve(0) };
    const { body } = await client.redeem(new URL(returnOf(page)).searchParams.get('code') ?? '');
    const token = String(body['access_token']);
    const url = `${world.relayUrl}/v1/catalog`;
    const catalog = async (): Promise<number> => {
      const headers = { authorization: `DPoP ${token}`, dpop: await client.proof('GET', url, token) };
      return (await fetch(url, { headers })).status;
    };
    return { status: page.status, catalog };
  };
  const first = await signIn();
  expect(await first.catalog()).toBe(200);

  expect(await act('disable', 'pat', 'Lost phone')).toMatchObject({ code: 0 });
  await expect.poll(first.catalog).toBe(401);
  expect(await stateOf('pat')).toBe('disabled');
  expect((await signIn()).status).toBe(403);
  expect(await act('invite', 'pat')).toMatchObject({ code: 2, text: expect.stringContaining('Enable it first') });
  await act('enable', 'pat');
  expect(await act('remove', 'pat', 'Left')).toMatchObject({ code: 0 });
  expect(await stateOf('pat')).toBe('not enrolled');
  expect((await signIn()).status).toBe(403);

  const found = (): string => {
    const reader = openAuditReader(world.dataDir);
    try {
      return JSON.stringify([...reader.newestFirst({ group: 'break-glass' })].map(({ record }) => record));
    } finally {
      reader.close();
    }
  };
  for (const words of [
    'has made a link for enrolment to the break-glass account pat',
    'New on-call',
    'has enrolled a passphrase with one-time codes',
    'break-glass-sign-in',
    'has disabled the break-glass account pat: Lost phone',
    'authentication-refused',
    'has removed the credentials of the break-glass account pat: Left',
    '"rule":"break-glass"',
  ])
    await expect.poll(found, { timeout: 20_000 }).toContain(words);
  expect(found()).not.toContain(link.slice(-43));
});
