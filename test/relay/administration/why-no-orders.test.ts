import { expect, it } from 'vitest';
import { whyNoOrders } from '../../../relay/administration/why-no-orders.ts';

const nowMs = Date.parse('2026-11-30T12:00:00Z');
const own = { version: '2.0.0', takesTimedOrders: true, sealsOrders: true };
const known = { id: 'r-two', version: '2.0.0', atMs: nowMs - 5000, takesTimedOrders: true, sealsOrders: true };
const older = { version: '1.9.0', takesTimedOrders: false, sealsOrders: undefined };

it('a relay with the same secret takes orders, as do two without one that share a storage', () => {
  expect(whyNoOrders(known, own, nowMs)).toBe(null);
  expect(whyNoOrders({ ...known, sealsOrders: false }, { ...own, sealsOrders: false }, nowMs)).toBe(null);
});

it.each([
  ['stopped', { stopped: true }, {}, 'was stopped at 2026-11-30T11:59:55.000Z', ''],
  ['silent', { atMs: nowMs - 120_000 }, {}, 'said nothing since 2026-11-30T11:58:00.000Z', 'Look at its machine'],
  [
    'older',
    older,
    {},
    'version 1.9.0, whose orders have another form than those of this one (version 2.0.0)',
    'relay drain',
  ],
  [
    'without the secret of this one',
    { takesTimedOrders: false, sealsOrders: false },
    {},
    'This relay seals orders',
    'relay reload',
  ],
  ['with a secret that this one hasn’t', {}, { sealsOrders: false }, 'The relay r-two seals orders', 'relay reload'],
  [
    'on a Redis without a secret',
    {},
    { takesTimedOrders: false, sealsOrders: false },
    'share a Redis alone',
    'relay drain',
  ],
])('one that is %s doesn’t: what is so, and what to do', (_which, differs, ownDiffers, what, todo) => {
  const why = whyNoOrders({ ...known, ...differs }, { ...own, ...ownDiffers }, nowMs);
  expect(why).toContain(what);
  expect(why).toContain(todo);
});
