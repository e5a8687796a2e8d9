import { expect, it } from 'vitest';
import type { AdminCaller } from '../../../relay/admin/admin-env.ts';
import { AccessError } from '../../../shared/errors.ts';
import { owner, serveApp } from './support/serve-app.ts';

const locked = new AccessError('locked', 'You are locked.');
const disk = new Error('the disk is away');

/** Downloads an export of three lines in three parts. */
async function download(caller: AdminCaller, failure: Error | null): Promise<string> {
  const reading = {
    ask: (_task: string, _place: object, { cursor = '0' }: { cursor?: string }) =>
      failure !== null && cursor === '2'
        ? Promise.reject(failure)
        : Promise.resolve({ text: `line ${cursor}\n`, next: cursor === '2' ? null : Number(cursor) + 1 }),
  };
  const served = await serveApp({ reading }, caller);
  try {
    const headers = { authorization: 'Bearer t' };
    const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/audit/export`, { headers });
    expect(answer.status).toBe(200);
    return await answer.text();
  } finally {
    served.close();
  }
}

/** An owner who is somebody else when asked again. */
const becoming = (again: AdminCaller['again']): AdminCaller => ({ ...owner, again });

it('an export comes whole', async () => {
  expect(await download(owner, null)).toBe('line 0\nline 1\nline 2\n');
});

it.each<[string, AdminCaller, Error | null]>([
  ['a part can’t be read', owner, disk],
  ['a part is refused', owner, new AccessError('overloaded', 'It takes too long.')],
  ['its reader is locked', becoming(() => Promise.reject(locked)), null],
  ['its reader has another role', becoming(() => Promise.resolve({ ...owner, roles: ['viewer'] })), null],
  ['its reader is locked later', becoming(() => Promise.resolve(becoming(() => Promise.reject(locked)))), null],
])('a download fails when %s', async (_what, caller, failure) => {
  await expect(download(caller, failure)).rejects.toThrow(/terminated|fetch failed/);
});
