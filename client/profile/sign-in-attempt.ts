import { AccessError } from '../../shared/errors.ts';
import type { SignInState } from '../../shared/snapshot.ts';
import { runSignIn, type SignedIn, type SignInRequest } from '../sign-in/run-sign-in.ts';
import { untilAborted } from '../sign-in/wait-in-time.ts';
import type { ProfileContext } from './profile-context.ts';
import { text } from '../../shared/messages/text.ts';

const defaultTimeoutMs = 5 * 60_000;

/** A sign-in that is under way in the person's browser. */
export interface SignInAttempt {
  readonly outcome: Promise<SignedIn>;
  step(): SignInState;
  /** @throws AccessError `bad-input` when there is nothing to choose, or not this */
  chooseIssuer(issuer: string): void;
  /** Ends the attempt with `sign-in-cancelled`. */
  cancel(): void;
  /** Shows the waiting page again; does nothing in other steps. */
  reopen(): Promise<void>;
}

/** Begins a sign-in at a relay; `context.onChange` is called at each step. */
export function beginSignIn(
  context: ProfileContext,
  relayUrl: string,
  wishes: Pick<
    SignInRequest,
    | 'issuer'
    | 'lastIssuer'
    | 'breakGlass'
    | 'onRelay'
    | 'method'
    | 'service'
    | 'stepUp'
    | 'proofKey'
    | 'chooseAccount'
    | 'loginHint'
  > = {},
): SignInAttempt {
  const { options } = context;
  const controller = new AbortController();
  let step: SignInState = { status: 'contacting' };
  const chosen = Promise.withResolvers<string>();
  const running = runSignIn({
    ...wishes,
    askIssuer: () => chosen.promise,
    relayUrl,
    appVersion: options.appVersion,
    http: context.http,
    openBrowser: options.openBrowser,
    onStep: (next) => {
      step = next;
      context.onChange();
    },
    signal: controller.signal,
    timeoutMs: options.signInTimeoutMs ?? defaultTimeoutMs,
    now: context.now,
  });
  return {
    // A provider that doesn’t answer keeps nobody from cancelling.
    outcome: untilAborted(running, controller.signal),
    step: () => step,
    chooseIssuer: (issuer) => {
      if (step.status !== 'choosing-issuer' || !step.issuers.some((known) => known.issuer === issuer)) {
        throw new AccessError('bad-input', text('failure.not-offered', { issuer }));
      }
      chosen.resolve(issuer);
    },
    cancel: () => controller.abort(new AccessError('sign-in-cancelled', text('failure.stopped'))),
    reopen: async () => {
      if (step.status === 'waiting-for-browser' && step.userCode === undefined) await options.openBrowser(step.url);
    },
  };
}
