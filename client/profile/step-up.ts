import type { ActivityEntry } from '../../shared/activity.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { StepUpNeed, StepUpState } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import { isSamePerson } from '../tokens/same-person.ts';
import type { ProfileContext } from './profile-context.ts';
import { beginSignIn, type SignInAttempt } from './sign-in-attempt.ts';
import type { SignedInSession } from './signed-in-session.ts';
import { text } from '../../shared/messages/text.ts';

/** How long a “no” holds for an API before its denials ask again. */
const quietMs = 5 * 60_000;
/** How often to look whether another process of this profile has signed in afresh, while that is asked for. */
const lookMs = 1_000;

/** Denials that come so soon after a fresh sign-in were decided before it. */
const settlingMs = 5_000;

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Asked {
  /** Null when the person began by themselves. */
  readonly api: string | null;
  /** What was refused; null when the person began by themselves. */
  readonly need: StepUpNeed | null;
  readonly demand: StepUp;
  readonly atMs: number;
}

/** Fresh sign-ins that rules ask for (RFC 9470), one at a time; the tunnel and its streams stay up meanwhile. */
export interface StepUpAsker {
  state(): StepUpState | null;
  /** Looks among denials for one that a fresh sign-in would lift, and asks for it once. */
  didSee(entries: readonly ActivityEntry[]): void;
  /** The person’s yes, to what is asked or to `demand` of `api`. @throws AccessError `bad-input` when nothing is asked */
  begin(demand?: StepUp, api?: string): void;
  /** The person’s no, or the end of a try. False when there is nothing to end. */
  cancel(): boolean;
  reopen(): Promise<void>;
  /** Forgets everything, for example at sign-out. */
  reset(): void;
}

/** See {@link StepUpAsker}. `session` is the one in use, null when nobody is signed in. */
export function createStepUpAsker(
  context: ProfileContext,
  relayUrl: string,
  session: () => SignedInSession | null,
): StepUpAsker {
  const { now } = context;
  const refusedAtMs = new Map<string, number>();
  let asked: Asked | null = null;
  let attempt: SignInAttempt | null = null;
  let problem: UserProblem | null = null;
  let done: { readonly demand: StepUp; readonly atMs: number } | null = null;
  let looking: NodeJS.Timeout | undefined;

  function set(next: Asked | null): void {
    asked = next;
    clearInterval(looking);
    if (next !== null) looking = setInterval(() => void look(), lookMs);
    context.onChange();
  }

  function didSignIn(): void {
    if (asked !== null) done = { demand: asked.demand, atMs: now() };
    set(null);
  }

  /** A denial of just now that the fresh sign-in has lifted already. */
  function isSettled({ acr }: StepUp): boolean {
    if (done === null || now() - done.atMs >= settlingMs) return false;
    const reached = done.demand.acr;
    return acr === undefined || acr.some((way) => reached?.includes(way));
  }

  /** Another process may have signed in afresh for this profile. */
  async function look(): Promise<void> {
    const since = asked?.atMs;
    if (since === undefined || attempt !== null) return;
    try {
      const tokens = await session()?.adoptStored();
      if (tokens && tokens.signedInAtMs >= since && asked?.atMs === since) didSignIn();
    } catch {
      // A store that can't be read now is read again at the next look.
    }
  }

  async function follow(current: SignInAttempt, of: SignedInSession): Promise<void> {
    try {
      const { tokens } = await current.outcome;
      if (session() !== of) return;
      // The provider’s page lets anybody sign in; only the same person’s sign-in counts here.
      if (!isSamePerson(of.tokens(), tokens)) {
        throw new AccessError('sign-in-denied', text('failure.other-account'));
      }
      await of.replaceTokens(tokens);
      didSignIn();
    } catch (error) {
      problem = toUserProblem(error, now());
    } finally {
      if (attempt === current) attempt = null;
      context.onChange();
    }
  }

  return {
    state() {
      if (asked === null) return null;
      const { api, need } = asked;
      const step = attempt?.step();
      if (step === undefined) return { status: 'asked', api, need, problem };
      if (step.status === 'waiting-for-browser') return { status: step.status, api, need, url: step.url };
      return { status: step.status === 'finishing' ? 'finishing' : 'contacting', api, need };
    },
    didSee(entries) {
      if (asked !== null || session() === null) return;
      const denial = entries.find(
        ({ decision, stepUp, api }) =>
          decision === 'deny' &&
          stepUp !== undefined &&
          !isSettled(stepUp) &&
          now() - (refusedAtMs.get(api) ?? Number.NEGATIVE_INFINITY) >= quietMs,
      );
      if (denial?.stepUp === undefined) return;
      problem = null;
      const need = { writes: !readingMethods.has(denial.method), demand: denial.stepUp };
      set({ api: denial.api, need, demand: denial.stepUp, atMs: now() });
    },
    begin(demand, api) {
      const of = session();
      if (of === null || of.isService || of.signInState().status !== 'signed-in') {
        throw new AccessError('sign-in-expired', text('failure.nobody'));
      }
      if (attempt !== null) {
        void attempt.reopen().catch(() => undefined);
        return;
      }
      if (demand !== undefined) {
        const same = asked !== null && (api === undefined || asked.api === api) ? asked : null;
        set({ api: same?.api ?? api ?? null, need: same?.need ?? null, demand, atMs: now() });
      }
      if (asked === null) throw new AccessError('bad-input', text('failure.no-step-up'));
      const { issuer, proofKey } = of.tokens();
      problem = null;
      attempt = beginSignIn(context, relayUrl, { issuer: issuer.issuer, stepUp: asked.demand, proofKey });
      context.onChange();
      void follow(attempt, of);
    },
    cancel() {
      if (asked === null) return false;
      if (attempt !== null) attempt.cancel();
      else {
        if (asked.api !== null) refusedAtMs.set(asked.api, now());
        set(null);
      }
      return true;
    },
    reopen: async () => attempt?.reopen(),
    reset() {
      attempt?.cancel();
      refusedAtMs.clear();
      problem = null;
      set(null);
    },
  };
}
