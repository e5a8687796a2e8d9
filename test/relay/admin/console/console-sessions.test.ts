import { describe, expect, it } from 'vitest';
import { type ConsoleSignIn, createConsoleSessions } from '../../../../relay/admin/console/console-sessions.ts';

const signIn = (subject: string): ConsoleSignIn => ({
  issuer: 'https://idp.example',
  subject,
  username: subject,
  signedInAt: 'Example',
  identity: () => Promise.reject(new Error('nobody asks here')),
  end: () => Promise.resolve(),
  endSessionUrl: () => Promise.resolve(null),
});

const withClock = (limits = { sessionMs: 10_000, idleMs: 1000 }) => {
  let nowMs = 1_000_000;
  return {
    sessions: createConsoleSessions(
      () => limits,
      () => nowMs,
    ),
    pass: (ms: number) => void (nowMs += ms),
  };
};

describe('a session of the console', () => {
  it.each<[string, (clock: ReturnType<typeof withClock>, id: string) => void, boolean]>([
    ['goes on until its idle end', ({ pass }) => pass(999), true],
    ['ends when nothing was done', ({ pass }) => pass(1000), false],
    [
      'goes on while something is done',
      ({ sessions, pass }, id) => {
        for (let turn = 0; turn < 12; turn += 1) {
          pass(800);
          sessions.find(id, true);
        }
      },
      true,
    ],
    [
      'isn’t kept by what pages ask by themselves',
      ({ sessions, pass }, id) => {
        pass(800);
        sessions.find(id, false);
        pass(200);
      },
      false,
    ],
    [
      'ends at last, whatever is done',
      ({ sessions, pass }, id) => {
        for (let turn = 0; turn < 13; turn += 1) {
          pass(800);
          sessions.find(id, true);
        }
      },
      false,
    ],
  ])('%s', (_what, live, goesOn) => {
    const clock = withClock();
    const { id, session } = clock.sessions.start(signIn('dana'));
    live(clock, id);
    expect(clock.sessions.goesOn(session)).toBe(goesOn);
    expect(clock.sessions.find(id, true) === null).toBe(!goesOn);
    if (!goesOn) {
      expect(clock.sessions.takeEnded(id)).toMatchObject({ subject: 'dana', code: 'sign-in-expired' });
      expect(clock.sessions.takeEnded(id)).toBe(null);
    }
  });

  it('is never found by its name, only by the id that the cookie holds', () => {
    const { sessions } = withClock();
    const { id, session } = sessions.start(signIn('dana'));
    expect(sessions.find(id, false)).toBe(session);
    expect(session.name).not.toBe(id);
    expect(sessions.find(session.name, false)).toBe(null);
  });

  it('has an id that no other one has', () => {
    const { sessions } = withClock();
    const ids = Array.from({ length: 500 }, (_, index) => sessions.start(signIn(`person-${index}`)).id);
    expect(new Set(ids).size).toBe(500);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{43}$/.test(id))).toBe(true);
  });
});

describe('how many there can be', () => {
  it('is bounded for one person, whose oldest one ends', () => {
    const { sessions } = withClock();
    const ids = Array.from({ length: 21 }, () => sessions.start(signIn('dana')).id);
    expect(sessions.size).toBe(20);
    expect(sessions.find(ids[0] ?? '', false)).toBe(null);
    expect(sessions.takeEnded(ids[0] ?? '')).toMatchObject({ code: 'session-revoked' });
    expect(sessions.find(ids[20] ?? '', false)).not.toBe(null);
  });

  it('is bounded for all, without those that are over', () => {
    const { sessions, pass } = withClock();
    for (let index = 0; index < 1000; index += 1) sessions.start(signIn(`person-${index}`));
    expect(() => sessions.start(signIn('dana'))).toThrow(expect.objectContaining({ code: 'overloaded' }));
    pass(1000);
    expect(sessions.start(signIn('dana')).session.signIn.subject).toBe('dana');
    expect(sessions.size).toBe(1);
  });
});
