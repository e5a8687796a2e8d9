import { expect, it } from 'vitest';
import { Renewal } from '../../../client/tunnel/renewal.ts';
import { waitUntil } from '../../support/wait-for.ts';

const refusedWith = (code: string, dpopNonce?: string) =>
  ({ type: 'renewal-refused', code, detail: 'No.', ...(dpopNonce === undefined ? {} : { dpopNonce }) }) as const;

function begin() {
  const shown: unknown[] = [];
  const session = { open: true, send: (message: unknown) => shown.push(message) };
  const present = (nonce?: string) =>
    Promise.resolve({ scheme: 'bearer' as const, token: `t${nonce ?? ''}`, dpopProof: undefined, expiresAtMs: 0 });
  const renewal = new Renewal(present, { showAgainAfterMs: 5 });
  const done = renewal.renew(session as never, new Set());
  return { shown, session: session as never, renewal, done };
}

it.each(['token-rejected', 'session-revoked', 'no-groups', 'unheard-of'])('%s ends the renewal', async (code) => {
  const { session, shown, renewal, done } = begin();
  await waitUntil(() => shown.length === 1);
  renewal.didRefuse(session, refusedWith(code));
  await expect(done).rejects.toMatchObject({ code: 'token-rejected' });
});

it.each(['idp-unreachable', 'shared-state-unavailable', 'audit-unavailable', 'overloaded', 'internal'])(
  '%s says nothing about the token, which is shown again',
  async (code) => {
    const { session, shown, renewal, done } = begin();
    await waitUntil(() => shown.length === 1);
    renewal.didRefuse(session, refusedWith(code));
    await waitUntil(() => shown.length === 2);
    renewal.didRenew();
    await expect(done).resolves.toBeUndefined();
  },
);

it('a nonce is answered with another proof at once', async () => {
  const { session, shown, renewal, done } = begin();
  await waitUntil(() => shown.length === 1);
  renewal.didRefuse(session, refusedWith('token-rejected', 'n'));
  await waitUntil(() => shown.length === 2);
  expect(shown[1]).toMatchObject({ token: 'tn' });
  renewal.didRenew();
  await done;
});
