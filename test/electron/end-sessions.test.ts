import { expect, test } from 'vitest';
import { endSessions } from '../../electron/end-sessions.ts';
import { AccessError } from '../../shared/errors.ts';
import type { SessionsToEnd } from '../../shared/own-session.ts';

/** A core at a relay that knows these sessions, and fails at one. */
function coreWith(known: readonly string[], failsAt: string | null = null) {
  const asked: SessionsToEnd[] = [];
  return {
    asked,
    endSessions: (_profileId: string, which: { readonly id: string } | 'others') => {
      asked.push(which);
      if (which === 'others') return Promise.resolve(known);
      if (which.id === failsAt) return Promise.reject(new AccessError('shared-state-unavailable', 'Redis is away.'));
      if (!known.includes(which.id)) return Promise.reject(new AccessError('bad-input', 'There is no such session.'));
      return Promise.resolve([which.id]);
    },
  };
}

test.each<[SessionsToEnd, readonly string[]]>([
  ['others', ['s1', 's2', 's3']],
  [{ id: 's2' }, ['s2']],
  [{ ids: ['s1', 's3'] }, ['s1', 's3']],
  [{ ids: ['s1', 'over', 's3'] }, ['s1', 's3']],
])('%j ends %j', async (which, ended) => {
  expect(await endSessions(coreWith(['s1', 's2', 's3']), 'acme', which)).toEqual(ended);
});

test('sessions that the relay knows nothing of are a problem, one or all of several', async () => {
  const core = coreWith(['s1']);
  for (const which of [{ id: 'gone' }, { ids: ['gone', 'older'] }] satisfies SessionsToEnd[])
    await expect(endSessions(core, 'acme', which)).rejects.toMatchObject({ code: 'bad-input' });
});

test('a relay that can’t end one says so, and no further one is asked for', async () => {
  const core = coreWith(['s1', 's2', 's3'], 's2');
  await expect(endSessions(core, 'acme', { ids: ['s1', 's2', 's3'] })).rejects.toMatchObject({
    code: 'shared-state-unavailable',
  });
  expect(core.asked).toEqual([{ id: 's1' }, { id: 's2' }]);
});
