import { expect, it } from 'vitest';
import { chosenName } from '../../../relay/sessions/session-record.ts';
import { type SessionTracker, type TrackedTunnel, trackSessions } from '../../../relay/sessions/track-sessions.ts';
import { chosenNameSchema } from '../../../shared/own-session.ts';
import { alice, silent, temporaryFolder } from '../audit/audit-fixtures.ts';

function tunnel(id: string, deviceName: string): TrackedTunnel {
  const { issuer, subject, username, groups } = alice;
  return {
    id,
    identity: {
      kind: 'person',
      issuer,
      issuerName: 'Example Company',
      subject,
      username,
      groups,
      name: username,
      email: undefined,
      clientId: undefined,
      tokenId: undefined,
      expiresAtMs: Infinity,
      authTimeMs: undefined,
      acr: undefined,
      scopes: [],
      providerSessionId: undefined,
      claims: {},
      jkt: undefined,
      certificateSha256: undefined,
    },
    device: { id: 'd1', name: deviceName, system: 'linux', appVersion: '1.0.0' },
    remoteAddress: '192.0.2.9',
  };
}

it('a name that was chosen outlasts reconnects, restarts and clocks that go back, until it is taken back', async () => {
  const dataDir = temporaryFolder();
  let nowMs = Date.now();
  const open = (): SessionTracker => trackSessions({ dataDir, log: silent, now: () => nowMs });
  const names = async (of: SessionTracker) =>
    (await of.list(alice)).map((session) => [session.device.name, chosenName(session)]);
  const rename = async (of: SessionTracker, name: string): Promise<void> => {
    for (const session of await of.list(alice)) await of.didRename(session, name);
  };

  const first = open();
  first.didOpen(tunnel('t1', 'pc-1'));
  await rename(first, 'Büro');
  first.didUse(tunnel('t1', 'pc-1'), 'orders');
  first.didEnd(tunnel('t1', 'pc-1'));
  first.didOpen(tunnel('t2', 'pc-1.corp.example'));
  expect(await names(first)).toEqual([['pc-1.corp.example', 'Büro']]);
  await first.close();

  const second = open();
  second.didOpen(tunnel('t3', 'pc-2'));
  expect(await names(second)).toEqual([['pc-2', 'Büro']]);
  nowMs -= 3_600_000;
  await rename(second, 'Zuhause');
  expect(await names(second)).toMatchObject([[expect.anything(), 'Zuhause']]);
  await rename(second, '');
  expect(await names(second)).toMatchObject([[expect.anything(), null]]);
  await second.close();
});

it.each([
  ['Büro', 'Büro'],
  ['  Büro\t', 'Büro'],
  [' ', ''],
  ['x'.repeat(100), 'x'.repeat(100)],
  [` ${'x'.repeat(100)} `, 'x'.repeat(100)],
  ['👩‍💻', '👩‍💻'],
  ['x'.repeat(101), undefined],
  ['a\nb', undefined],
  ['a\u001b[31mb', undefined],
  ['a\u202eb', undefined],
  ['a\u2066b', undefined],
  ['a\u2028b', undefined],
  ['\u200b', undefined],
  ['a\ud83d', undefined],
])('%j as a name is %j', (given, read) => {
  expect(chosenNameSchema.safeParse(given).data).toBe(read);
});
