import { toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { IpcRequestChannel, IpcRequests } from '../../shared/ipc.ts';
import { bridge } from '../bridge.ts';
import { notify } from './app-store.ts';
import { problemInWords } from '../../shared/problem-words.ts';

type Arguments<C extends IpcRequestChannel> = Parameters<IpcRequests[C]>;
type Answer<C extends IpcRequestChannel> = ReturnType<IpcRequests[C]>;

/** Sends a request to the main process; a broken bridge comes back as a problem too, so callers never catch. */
export async function ask<C extends IpcRequestChannel>(channel: C, ...args: Arguments<C>): Promise<Awaited<Answer<C>>> {
  try {
    return await bridge().request(channel, ...args);
  } catch (error) {
    return { ok: false, problem: toUserProblem(error, Date.now()) } as Awaited<Answer<C>>;
  }
}

/** Sends a request whose effect arrives as state; a failure is shown as a message. */
export function command<C extends IpcRequestChannel>(channel: C, ...args: Arguments<C>): void {
  void ask(channel, ...args).then((result) => {
    if (!result.ok) notifyProblem(result.problem, () => command(channel, ...args));
    return result.ok;
  });
}

/** Shows a failure as a short message: what happened and what to do; `retry` does once more what has failed. */
export function notifyProblem(problem: UserProblem, retry?: () => void): void {
  const { title, detail, hint } = problemInWords(problem);
  notify({ tone: 'problem', title, text: `${detail} ${hint}`, problem, ...(retry === undefined ? {} : { retry }) });
}

/** Copies over the main process; the page itself has no clipboard. */
export async function copyText(text: string): Promise<boolean> {
  const result = await ask('clipboard:write', { text });
  if (!result.ok) notifyProblem(result.problem);
  return result.ok;
}
