import { expect, it, vi } from 'vitest';
import type { AdminCaller } from '../../../relay/admin/admin-env.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { owner, serveApp } from './support/serve-app.ts';

const issuer = 'https://idp.example';
const person = (by: string): AdminCaller => ({
  ...owner,
  person: { issuer: by, subject: 'dana', username: 'dana' },
});
const provider = person(issuer);
const emergency = person('https://relay.example/break-glass');
const socket: AdminCaller = { ...owner, name: 'a user of this machine', person: null, signIn: { how: 'socket' } };
const ofMachine = (opensFiles: boolean): AdminCaller => ({
  ...socket,
  machineUser: { user: 'mia', sudoUser: null, opensFiles },
});
const shared: AdminCaller = { ...socket, isSocketShared: true };
const alone = { listen: {} };
const group = { listen: {}, socket_group: '1001' };

const approve = (id: string) => [`/admin/v1/access-requests/${id}/approve`, { reason: 'r' }] as const;
const refuse = (id: string) => [`/admin/v1/access-requests/${id}/refuse`, { reason: 'r' }] as const;
const give = () =>
  ['/admin/v1/grants', { person: 'a', issuer, api: null, role: 'refunders', reason: 'r', hours: 1 }] as const;

it.each<[string, number, number, AdminCaller]>([
  ['somebody of the provider', 60, 200, provider],
  ['somebody of the provider', 61, 400, provider],
  ['a member of the socket’s group', 300, 200, ofMachine(false)],
  ['a member of the socket’s group', 301, 400, ofMachine(false)],
  ['a member of a group, where the system names nobody', 301, 400, shared],
  ['who opens the files anyway', 86_400, 200, ofMachine(true)],
  ['the relay’s own user', 86_400, 200, socket],
])('%s asks what a config would change for %i s: %i', async (_who, seconds, status, caller) => {
  const asked = vi.fn<() => Promise<object>>(() => Promise.resolve({}));
  const served = await serveApp(
    {
      loaded: () => ({ path: '' }),
      config: () => ({}),
      state: () => ({}),
      place: () => ({ counts: {} }),
      whatIf: { ask: asked },
    },
    caller,
  );
  try {
    const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/policy/what-if`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'apis: []', seconds }),
    });
    expect([answer.status, asked.mock.calls.length]).toEqual([status, status === 200 ? 1 : 0]);
  } finally {
    served.close();
  }
});

it.each<[string, string, number, AdminCaller, object, (id: string) => readonly [string, object]]>([
  ['approve', 'an emergency account', 403, emergency, alone, approve],
  ['give', 'an emergency account', 403, emergency, alone, give],
  ['approve', 'a member of the socket’s group', 403, socket, group, approve],
  ['give', 'a member of the socket’s group', 403, socket, group, give],
  ['approve', 'a member of that group whom the system names', 403, ofMachine(false), group, approve],
  ['give', 'a member of that group whom the system names', 403, ofMachine(false), group, give],
  ['approve', 'a member of a group that a reload has taken out of the config', 403, shared, alone, approve],
  ['give', 'a member of a group that a reload has taken out of the config', 403, shared, alone, give],
  ['approve', 'another user of the machine, whatever the config says', 403, ofMachine(false), alone, approve],
  ['give', 'another user of the machine, whatever the config says', 403, ofMachine(false), alone, give],
  [
    'approve',
    'who opens the files anyway, at a socket of a group',
    200,
    { ...ofMachine(true), isSocketShared: true },
    alone,
    approve,
  ],
  ['approve', 'who opens the files anyway', 200, ofMachine(true), group, approve],
  ['give', 'who opens the files anyway', 200, ofMachine(true), group, give],
  ['refuse', 'an emergency account', 200, emergency, alone, refuse],
  ['refuse', 'a member of the socket’s group', 200, socket, group, refuse],
  ['approve', 'somebody of the provider', 200, provider, group, approve],
  ['give', 'somebody of the provider', 200, provider, group, give],
  ['approve', 'the relay’s own user', 200, socket, alone, approve],
  ['give', 'the relay’s own user', 200, socket, alone, give],
])('%s by %s: %i', async (_act, _who, status, caller, admin, asked) => {
  const dataDir = temporaryFolder();
  const store = openGrantStore(dataDir);
  const requester = { issuer, subject: 'alice', username: 'alice' };
  const { id } = store.request({ requester, api: null, role: 'refunders', reason: 'Refund 7', hours: 1 }, Date.now());
  const config = {
    relay: { url: 'https://relay.example' },
    admin,
    issuers: [{ name: 'SSO', issuer }],
    apis: [],
    access_requests: { roles: [{ role: 'refunders', approvers: ['bosses'], max_hours: 8 }] },
  };
  const served = await serveApp({ config: () => config, state: () => ({ dataDir }) }, caller);
  try {
    const [path, body] = asked(id);
    const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://127.0.0.1:${served.port}${path}`, sent);
    expect([answer.status, ((await answer.json()) as { code?: string }).code]).toEqual([
      status,
      status === 200 ? undefined : 'policy-denied',
    ]);
    expect(store.list({}).filter((request) => request.status === 'approved')).toHaveLength(
      status === 200 && asked !== refuse ? 1 : 0,
    );
  } finally {
    served.close();
    store.close();
  }
});
