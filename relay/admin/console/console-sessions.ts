import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AccessError } from '../../../shared/errors.ts';
import type { Identity } from '../../identity/identity.ts';

/** Whoever signs in again and again must not keep others out. */
const maxPerPerson = 20;
const maxSessions = 1000;
const maxEnded = 2000;
const idPattern = /^[A-Za-z0-9_-]{43}$/;

/** How somebody is signed in at the console. Tokens and the like stay behind it. */
export interface ConsoleSignIn {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  /** Where they signed in, as people call it. */
  readonly signedInAt: string;
  /**
   * Who they are now, by the same authenticator as callers with a token.
   * @throws AccessError why they no longer are; `idp-unreachable` when that can’t be known now
   */
  identity(): Promise<Identity>;
  /** Ends it where it was made. @throws Error when that isn’t possible now */
  end(): Promise<void>;
  /** A page that ends the provider’s own session and then leads to `returnTo`; null for none. */
  endSessionUrl(returnTo: string): Promise<string | null>;
}

/** A browser that is signed in. */
export interface ConsoleSession {
  /** Hash of the id that the cookie holds. */
  readonly name: string;
  readonly signIn: ConsoleSignIn;
  readonly startedAtMs: number;
  /** When it ends however much is done. */
  readonly endsAtMs: number;
  /** When it ends unless something is done. */
  idleEndsAtMs: number;
}

/** Whose session it was, and why it is over. */
export interface EndedSession {
  readonly issuer: string;
  readonly subject: string;
  readonly code: 'sign-in-expired' | 'session-revoked';
  readonly detail: string;
}

/** Sessions of the console, in this process alone: ids are random and kept as hashes. */
export interface ConsoleSessions {
  /** Starts a session under a new id. @returns what the cookie holds @throws AccessError `overloaded` */
  start(signIn: ConsoleSignIn): { readonly id: string; readonly session: ConsoleSession };
  /** The session of a cookie; null for none. `use` puts off its idle end. */
  find(id: string, use: boolean): ConsoleSession | null;
  /** Whether a session found before goes on. */
  goesOn(session: ConsoleSession): boolean;
  /** What is known of the cookie of a session that is over; told once. */
  takeEnded(id: string): EndedSession | null;
  /** Ends a session; a reason is told to who comes with its cookie. */
  end(name: string, why?: Pick<EndedSession, 'code' | 'detail'>): void;
  readonly size: number;
}

/** `limits` are asked at each sign-in and use, so that a reload counts. */
export function createConsoleSessions(
  limits: () => { readonly sessionMs: number; readonly idleMs: number },
  now: () => number = Date.now,
): ConsoleSessions {
  const sessions = new Map<string, ConsoleSession>();
  const ended = new LRUCache<string, EndedSession>({ max: maxEnded });

  const end = (name: string, why?: Pick<EndedSession, 'code' | 'detail'>): void => {
    const session = sessions.get(name);
    sessions.delete(name);
    const { issuer, subject } = session?.signIn ?? {};
    if (issuer !== undefined && subject !== undefined && why !== undefined)
      ended.set(name, { issuer, subject, ...why });
  };
  const goesOn = (session: ConsoleSession): boolean => {
    if (sessions.get(session.name) !== session) return false;
    const nowMs = now();
    if (nowMs < Math.min(session.endsAtMs, session.idleEndsAtMs)) return true;
    const isIdle = session.idleEndsAtMs < session.endsAtMs;
    end(session.name, {
      code: 'sign-in-expired',
      detail: isIdle
        ? 'Nothing was done in the console for a while, so your sign-in there has ended.'
        : 'Your sign-in at the console has lasted as long as it may.',
    });
    return false;
  };
  const sweep = (): void => {
    for (const session of sessions.values()) goesOn(session);
  };

  return {
    start(signIn) {
      sweep();
      const own = [...sessions.values()].filter(
        ({ signIn: { issuer, subject } }) => issuer === signIn.issuer && subject === signIn.subject,
      );
      const [oldest] = own;
      if (oldest !== undefined && own.length >= maxPerPerson)
        end(oldest.name, { code: 'session-revoked', detail: 'You have signed in at too many other browsers since.' });
      if (sessions.size >= maxSessions)
        throw new AccessError('overloaded', `At most ${maxSessions} browsers can be signed in at the console.`);
      const id = randomBytes(32).toString('base64url');
      const startedAtMs = now();
      const { sessionMs, idleMs } = limits();
      const session: ConsoleSession = {
        name: nameOf(id),
        signIn,
        startedAtMs,
        endsAtMs: startedAtMs + sessionMs,
        idleEndsAtMs: startedAtMs + idleMs,
      };
      sessions.set(session.name, session);
      return { id, session };
    },
    find(id, use) {
      const session = idPattern.test(id) ? sessions.get(nameOf(id)) : undefined;
      if (session === undefined || !goesOn(session)) return null;
      if (use) session.idleEndsAtMs = now() + limits().idleMs;
      return session;
    },
    goesOn,
    takeEnded(id) {
      const name = idPattern.test(id) ? nameOf(id) : '';
      const found = ended.get(name) ?? null;
      ended.delete(name);
      return found;
    },
    end,
    get size() {
      return sessions.size;
    },
  };
}

/** What a session is known by here; nobody can make its cookie of it. */
function nameOf(id: string): string {
  return hash('sha256', id, 'base64url');
}
