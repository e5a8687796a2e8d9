import { create } from 'zustand';
import type { UserProblem } from '../../shared/errors.ts';
import type { Me, Right } from '../api/admin-api.ts';
import { forgetAnswers, read, signOut, whenSignedOut } from '../api/ask.ts';
import { notifyProblem } from './notices.ts';

/** Who uses this page, as far as the relay has said. */
export type SignInState =
  | { readonly status: 'loading' }
  | { readonly status: 'signed-in'; readonly me: Me }
  /** `problem` says why, where it isn’t just that nobody has signed in yet. */
  | { readonly status: 'signed-out'; readonly problem: UserProblem | null }
  | { readonly status: 'failed'; readonly problem: UserProblem };

export const useSignIn = create<{ readonly signIn: SignInState }>()(() => ({ signIn: { status: 'loading' } }));

/** The texts that the console shares with the app speak of connections, which nobody has here. */
const comeBack = 'Sign in again: you come back to this page.';
/** There is no cookie any more. */
const noSession = {
  title: 'You are signed out',
  detail:
    'This browser has no session at the console now: somebody signed out at another tab, or its cookies are gone.',
};

whenSignedOut((problem) => {
  const { signIn } = useSignIn.getState();
  // Whoever was here is told why they no longer are; a first visit needs no reason.
  const wasHere = signIn.status === 'signed-in';
  if (signIn.status === 'signed-out') return;
  forgetAnswers();
  const isOver = problem.code === 'sign-in-expired' || problem.code === 'session-revoked';
  const told = problem.code === 'token-rejected' ? { ...problem, ...noSession } : problem;
  useSignIn.setState({
    signIn: { status: 'signed-out', problem: wasHere || isOver ? { ...told, hint: comeBack } : null },
  });
});

/** Asks the relay who uses this page. */
export async function loadSignIn(): Promise<void> {
  const answer = await read('/admin/v1/me');
  if (answer.ok) useSignIn.setState({ signIn: { status: 'signed-in', me: answer.value } });
  else if (answer.status !== 401) useSignIn.setState({ signIn: { status: 'failed', problem: answer.problem } });
}

/**
 * Asks again who uses this browser: somebody may have signed out or in at another tab, or have other roles by now. What was
 * read for somebody else is forgotten.
 */
export async function checkSignIn(): Promise<void> {
  const before = useSignIn.getState().signIn;
  if (before.status === 'loading') return;
  const answer = await read('/admin/v1/me', {}, { isBackground: true });
  if (!answer.ok || (before.status === 'signed-in' && before.me === answer.value)) return;
  if (before.status === 'signed-in' && before.me.name !== answer.value.name) forgetAnswers();
  useSignIn.setState({ signIn: { status: 'signed-in', me: answer.value } });
}

/** Ends this browser’s session at the relay, and the provider’s own one where it offers that. */
export async function leave(): Promise<void> {
  const answer = await signOut();
  if (!answer.ok) {
    notifyProblem(answer.problem);
    return;
  }
  forgetAnswers();
  const { endSessionUrl } = answer.value;
  if (endSessionUrl === null) useSignIn.setState({ signIn: { status: 'signed-out', problem: null } });
  else location.assign(endSessionUrl);
}

/** Whether the person may do something; nothing while that isn’t known. */
export function useMay(right: Right): boolean {
  return useSignIn(({ signIn }) => signIn.status === 'signed-in' && signIn.me.rights.includes(right));
}
