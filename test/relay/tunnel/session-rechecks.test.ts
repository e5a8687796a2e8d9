import { describe, expect, it, vi } from 'vitest';
import type { Authenticator, Identity } from '../../../relay/identity/identity.ts';
import { SessionRechecks } from '../../../relay/tunnel/session-rechecks.ts';

const first = { subject: 'alice', tokenId: 'one' } as Identity;
const renewed = { subject: 'alice', tokenId: 'two' } as Identity;

/** Re-checks that are due each second, whose answers the test gives. */
function setUp(afterMs: number | null = 1000) {
  const answers: ((answer: 'active' | 'ended' | 'unknown') => void)[] = [];
  const authenticator: Pick<Authenticator, 'recheck' | 'recheckAfterMs'> = {
    recheckAfterMs: () => afterMs ?? undefined,
    recheck: () => new Promise((resolve) => void answers.push(resolve)),
  };
  const session = { identity: first };
  const onEnded = vi.fn<() => void>();
  const rechecks = new SessionRechecks<typeof session>(authenticator as Authenticator);
  return { answers, session, onEnded, check: (nowMs: number) => rechecks.check(session, nowMs, onEnded) };
}

describe('re-checks of an open session', () => {
  it('ask nothing where they are off', () => {
    const { answers, check } = setUp(null);
    for (const nowMs of [0, 1000, 100_000]) check(nowMs);
    expect(answers).toHaveLength(0);
  });

  it('ask once in each interval, the first time after one', () => {
    const { answers, check } = setUp();
    for (const nowMs of [0, 500, 1000, 1500, 1999, 2000, 2001]) check(nowMs);
    expect(answers).toHaveLength(2);
  });

  it.each(['active', 'unknown'] as const)('leave the session alone when the token is %s', async (answer) => {
    const { answers, check, onEnded } = setUp();
    check(0);
    check(1000);
    answers[0]?.(answer);
    await Promise.resolve();
    check(1001);
    expect(onEnded).not.toHaveBeenCalled();
  });

  it('end the session when its token has ended, with the next look', async () => {
    const { answers, check, onEnded } = setUp();
    check(0);
    check(1000);
    answers[0]?.('ended');
    await Promise.resolve();
    expect(onEnded).not.toHaveBeenCalled();
    check(1001);
    expect(onEnded).toHaveBeenCalledOnce();
    expect(answers).toHaveLength(1);
  });

  it('leave a session alone that is renewed before the next look', async () => {
    const { answers, check, onEnded, session } = setUp();
    check(0);
    check(1000);
    answers[0]?.('ended');
    await Promise.resolve();
    session.identity = renewed;
    check(1001);
    expect(onEnded).not.toHaveBeenCalled();
    check(2000);
    expect(answers, 'and ask about its new token').toHaveLength(2);
  });
});
