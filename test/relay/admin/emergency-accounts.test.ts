import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminCaller, AdminContext } from '../../../relay/admin/admin-env.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { inviterNames } from '../../../relay/break-glass/two-people.ts';
import { recordNotes } from '../../../relay/break-glass/record-notes.ts';
import { breakGlassSchema } from '../../../relay/config/break-glass-schema.ts';
import { type Person, personHash } from '../../../relay/identity/person-key.ts';
import { owner, serveApp } from './support/serve-app.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'causeway-emergency-'));
const relay = { url: 'https://relay.example', data: dataDir };
const accounts = [
  { name: 'kim', groups: ['sre'] },
  { name: 'pat', groups: ['sre'], sign_in: 'passphrase' },
  { name: 'lou', groups: ['sre'], person: 'Mia' },
];
/** An owner who has an account; by another’s link, or it wouldn’t be theirs. */
const mia: AdminCaller = {
  ...owner,
  name: 'mia',
  person: { issuer: 'https://idp.example', subject: '4711', username: 'mia' },
};
const told: object[] = [];
const config: object = { relay, break_glass: breakGlassSchema.parse({ accounts, two_persons: true }) };
const noted: string[] = [];
const audit = {
  healthy: true,
  append(record: AuditRecord, done: (error: null) => void) {
    if (record.type === 'relay' || record.type === 'authentication-refused') noted.push(record.detail);
    done(null);
  },
};
/** An owner who came by an account of the relay’s own. */
const emergency: AdminCaller = {
  ...owner,
  name: 'kim (admin API)',
  person: { issuer: 'https://relay.example/break-glass', subject: 'kim', username: 'kim' },
};
/** Of each answer, whether nobody gets it again. */
const toldOnce: boolean[] = [];
const acts = {
  async middleware(context: AdminContext, next: () => Promise<void>) {
    await next();
    toldOnce.push(context.get('isToldOnce') ?? false);
  },
};
const tellEmergency = (emergency: object): void => void told.push(emergency);
const closers: (() => void)[] = [];
/** Somebody whom the socket was opened for, and who can’t open the relay’s files. */
const member: AdminCaller = {
  ...owner,
  name: 'max (command line)',
  person: null,
  machineUser: { user: 'max', sudoUser: null, opensFiles: false },
  isSocketShared: true,
};
const root: AdminCaller = {
  ...member,
  name: 'root (command line)',
  machineUser: { user: 'root', sudoUser: null, opensFiles: true },
};
const ports: Record<'mia' | 'alone' | 'owner' | 'emergency' | 'member' | 'root' | 'off', number> = {
  mia: 0,
  alone: 0,
  owner: 0,
  emergency: 0,
  member: 0,
  root: 0,
  off: 0,
};

beforeAll(async () => {
  const store = openBreakGlassStore(dataDir, Date.now);
  const notes = recordNotes({ store, audit: audit as never, log: pino({ level: 'silent' }), pollMs: 20 });
  closers.push(
    () => notes.close(),
    () => store.close(),
  );
  const serve = async (caller: AdminCaller, of: object): Promise<number> => {
    const served = await serveApp(
      { config: () => of, state: () => ({ dataDir }), audit, acts, relay: { tellEmergency } },
      caller,
    );
    closers.push(() => served.close());
    return served.port;
  };
  ports.owner = await serve(owner, config);
  ports.mia = await serve(mia, config);
  ports.alone = await serve(mia, { relay, break_glass: breakGlassSchema.parse({ accounts }) });
  ports.emergency = await serve(emergency, config);
  ports.member = await serve(member, config);
  ports.root = await serve(root, config);
  ports.off = await serve(owner, { relay });
});
afterAll(() => {
  for (const close of closers) close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function ask(who: keyof typeof ports, path = '', reason?: string) {
  const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
  const sent = reason === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify({ reason }) };
  const answer = await fetch(`http://127.0.0.1:${ports[who]}/admin/v1/break-glass/accounts${path}`, sent);
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

/** The links that can be used, as they are kept. */
function keptInvitations(): readonly object[] {
  const store = openBreakGlassStore(dataDir, Date.now);
  try {
    const open = store.invitations().filter(({ isUsed }) => !isUsed);
    return open.map(({ payload }) => {
      const { madeAtMs: _madeAtMs, ...kept } = JSON.parse(payload) as { readonly madeAtMs: number };
      return kept;
    });
  } finally {
    store.close();
  }
}

describe('emergency accounts at the admin API', { timeout: 60_000 }, () => {
  it.each<[string, keyof typeof ports, string, string, number]>([
    ['somebody who came by an emergency account invites nobody', 'emergency', '/pat/invite', 'r', 403],
    ['nor enables any', 'emergency', '/kim/enable', 'r', 403],
    ['nor does a member of the socket’s group', 'member', '/pat/invite', 'r', 403],
    ['nor enables one', 'member', '/kim/enable', 'r', 403],
    ['an account that the config doesn’t have', 'owner', '/nobody/invite', 'r', 400],
    ['an act that there isn’t', 'owner', '/kim/promote', 'r', 400],
    ['no reason', 'owner', '/kim/invite', ' ', 400],
    ['nothing to remove', 'owner', '/pat/remove', 'r', 400],
    ['a relay without such accounts', 'off', '/kim/invite', 'r', 400],
  ])('refused: %s', async (_what, who, path, reason, status) => {
    noted.length = 0;
    expect((await ask(who, path, reason)).status).toBe(status);
    expect(noted.filter((words) => /has (?:made|disabled|enabled|removed)/.test(words))).toEqual([]);
    if (status === 403) expect(noted).toEqual([expect.stringContaining('give no access')]);
  });

  it('are listed; where there are none, that is said', async () => {
    expect(await ask('owner')).toMatchObject({
      status: 200,
      body: {
        isOn: true,
        twoPersons: true,
        accounts: [
          { name: 'kim', state: 'not enrolled', signIn: 'passkey', passkeys: 0, groups: ['sre'] },
          { name: 'pat', signIn: 'passphrase' },
          { name: 'lou', state: 'not enrolled' },
        ],
      },
    });
    expect((await ask('off')).body).toEqual({ isOn: false, twoPersons: false, accounts: [] });
  });

  it('an owner who has an account makes no link for a second one: two persons would be one', async () => {
    noted.length = 0;
    const refused = await ask('mia', '/pat/invite', 'On call');
    expect([refused.status, refused.body['code']]).toEqual([403, 'policy-denied']);
    expect(refused.body['detail']).toMatch(/the emergency account lou is yours .* Ask another owner/);
    expect(noted).toEqual([expect.stringContaining('mia: You make no link for pat')]);
    expect(keptInvitations()).toEqual([]);
    // One for their own account is a spare passkey, which counts as by their own link; and where one person is enough, nothing is gained.
    expect((await ask('mia', '/lou/invite', 'A spare key')).status).toBe(200);
    expect((await ask('alone', '/pat/invite', 'On call')).status).toBe(200);
    expect(told).toEqual([
      { account: 'lou', atMs: expect.any(Number), by: 'mia' },
      { account: 'pat', atMs: expect.any(Number), by: 'mia' },
    ]);
    for (const account of ['lou', 'pat']) expect((await ask('owner', `/${account}/disable`, 'r')).status).toBe(200);
    for (const account of ['lou', 'pat']) expect((await ask('owner', `/${account}/enable`, 'r')).status).toBe(200);
  });

  it('an owner makes a link, once told, and its record says how the account was before', async () => {
    const { body } = await ask('owner', '/pat/invite', 'On call');
    expect(body).toMatchObject({ recorded: true, untold: null });
    expect(toldOnce.at(-1)).toBe(true);
    const { link } = body['invitation'] as { link: string };
    expect(keptInvitations()).toEqual([
      {
        account: 'pat',
        by: 'dana',
        invitedBy: personHash(owner.person as Person),
        invitedAs: inviterNames({ subject: 'dana', username: 'dana' }),
      },
    ]);
    expect(link).toMatch(/^https:\/\/relay\.example\/break-glass\/enrol\/[\w-]{43}$/);
    expect(noted.at(-1)).toMatch(/^dana has made a link .* account pat, until .*: On call \(before: not enrolled\)$/);
    expect(noted.join('\n')).not.toContain(link.slice(-43));
  });

  it('root’s link is nobody’s at the provider', async () => {
    expect((await ask('root', '/pat/invite', 'On call')).status).toBe(200);
    expect(keptInvitations()).toEqual([{ account: 'pat', by: 'root (command line)' }]);
  });

  it('whoever came by one may still shut another one out', async () => {
    expect(await ask('emergency', '/pat/disable', 'Stolen')).toMatchObject({ status: 200, body: { invitation: null } });
    expect(toldOnce.at(-1)).toBe(false);
    expect(noted.at(-1)).toBe(
      'kim (admin API) has disabled the break-glass account pat: Stolen (before: not enrolled)',
    );
    expect((await ask('owner', '/pat/invite', 'r')).body).toMatchObject({
      detail: expect.stringContaining('is disabled') as string,
    });
  });
});
