import { expect, it } from 'vitest';
import { givenEvent, requestedEvent } from '../../../relay/grants/grant.ts';

const asked = {
  requester: { issuer: 'https://idp.example', subject: 's-1', username: 'alice' },
  api: 'payroll',
  role: 'finance',
  reason: 'Year-end check',
  hours: 1,
};

it('no id of a request begins like an option of a command', () => {
  // One in 64 would.
  const ids = Array.from({ length: 2000 }, (_, index) => [
    requestedEvent(asked, index).request.id,
    givenEvent(asked, { timeMs: index, by: 'dana' }).request.id,
  ]).flat();
  expect(ids.filter((id) => !/^\w[\w-]{11}$/.test(id))).toEqual([]);
});
