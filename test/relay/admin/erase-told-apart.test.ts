import { expect, it, vi } from 'vitest';
import type { AdminCaller } from '../../../relay/admin/admin-env.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { personToErase } from '../../../relay/erasure/erase-person.ts';
import { AccessError } from '../../../shared/errors.ts';
import { owner, serveApp } from './support/serve-app.ts';

const issuer = 'https://idp.example';
const dana = { issuer, subject: 'dana', username: 'dana' };
const machine = (opensFiles: boolean): AdminCaller => ({
  ...owner,
  name: 'mia (command line)',
  person: null,
  machineUser: { user: 'mia', sudoUser: null, opensFiles },
  signIn: { how: 'socket' },
});
const emergency = { ...owner, person: { ...dana, issuer: 'https://relay.example/break-glass' } };
const alone = { listen: {} };
const group = { listen: {}, socket_group: '1001' };

/** Like the thread that erases, of somebody whose only names are `who`. */
const erased = (_task: string, _place: object, asked: Parameters<typeof personToErase>[0]) => {
  personToErase(asked, { ids: ['k'], issuer, subject: asked.who, names: [asked.who] });
  return Promise.resolve({ status: 'erased', alias: 'erased-k', isRecorded: true });
};

it.each<[string, string, number, AdminCaller, object]>([
  ['an emergency account with the role owner', 'alice', 403, emergency, alone],
  ['a member of the socket’s group', 'alice', 403, machine(false), group],
  [
    'a member of a group that a reload took out of the config',
    'a',
    403,
    { ...machine(false), isSocketShared: true },
    alone,
  ],
  [
    'whom the system doesn’t name, at a socket of a group',
    'alice',
    403,
    { ...machine(false), machineUser: undefined as never },
    group,
  ],
  ['an owner, themselves', 'dana', 403, owner, alone],
  ['an owner, somebody else', 'alice', 200, owner, group],
  ['root', 'dana', 200, machine(true), group],
])('%s erases %s: %i', async (_who, who, status, caller, admin) => {
  const asked = vi.fn<typeof erased>(async (...given) => erased(...given));
  const recorded: AuditRecord[] = [];
  const served = await serveApp(
    {
      config: () => ({ relay: { url: 'https://relay.example' }, admin, shared_state: { store: 'local' } }),
      state: () => ({}),
      reading: { ask: asked },
      audit: {
        append(record: AuditRecord, done: (error: null) => void) {
          recorded.push(record);
          done(null);
        },
      },
    },
    caller,
  );
  try {
    const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/people/erase`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
      body: JSON.stringify({ who, reason: 'Request 7' }),
    });
    const { code } = (await answer.json()) as { code?: string };
    expect([answer.status, code]).toEqual([status, status === 200 ? undefined : 'policy-denied']);
    expect(asked.mock.calls.length).toBe(status === 200 || caller === owner ? 1 : 0);
    expect(recorded).toMatchObject(
      status === 200
        ? []
        : [{ type: 'authentication-refused', code: 'policy-denied', detail: expect.stringMatching(/erase/) as string }],
    );
  } finally {
    served.close();
  }
});

it.each<[string, { who: string; issuer?: string }, Parameters<typeof personToErase>[1]]>([
  ['user name', { who: 'dana.d' }, { ids: ['k'], issuer, subject: 'dana', names: ['dana', 'dana.d'] }],
  ['subject, who has no key any more', { who: 'dana', issuer }, undefined],
])('nobody erases themselves, by whichever name: %s', (_what, asked, holder) => {
  expect(() => personToErase({ ...asked, by: dana }, holder)).toThrow(AccessError);
  expect(() => personToErase({ ...asked, by: { ...dana, issuer: 'https://other.example' } }, holder)).not.toThrow();
  expect(() => personToErase({ ...asked, by: null }, holder)).not.toThrow();
});
