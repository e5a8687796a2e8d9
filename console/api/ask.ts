import type { UserProblem } from '../../shared/errors.ts';
import { addressOf, type Params } from './address.ts';
import type { Acts, Readings } from './admin-api.ts';
import { readProblem, unreachable } from './read-problem.ts';

/** What the relay answered: the value, or what a person reads instead. `status` is 0 when no answer came. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly problem: UserProblem };

interface Remembered {
  readonly etag: string;
  readonly value: unknown;
}

/** A header that no form of another site can send. */
const consoleHeader = 'x-causeway-console';

const maxRemembered = 60;
const remembered = new Map<string, Remembered>();

let onSignedOut: (problem: UserProblem) => void = () => undefined;

/** Says what to do when the relay no longer knows this browser’s session. */
export function whenSignedOut(act: (problem: UserProblem) => void): void {
  onSignedOut = act;
}

/** The last answer of an address, to show while a newer one is under way. */
export function lastAnswer<P extends keyof Readings>(path: P, params: Params): Readings[P] | undefined {
  return remembered.get(addressOf(path, params))?.value as Readings[P] | undefined;
}

/** Forgets every answer: whoever signs in next may see other things. */
export function forgetAnswers(): void {
  remembered.clear();
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Nobody has done anything: it doesn’t put off the end of an idle session. */
  readonly isBackground?: boolean;
}

/** Reads from the admin API; an answer that hasn’t changed (RFC 9110 §13.1.2) is the very same value as before. */
export async function read<P extends keyof Readings>(
  path: P,
  params: Params = {},
  { signal, isBackground = false }: ReadOptions = {},
): Promise<Answer<Readings[P]>> {
  const address = addressOf(path, params);
  const known = remembered.get(address);
  const headers: Record<string, string> = {
    ...(known === undefined ? {} : { 'If-None-Match': known.etag }),
    ...(isBackground ? { [consoleHeader]: 'background' } : {}),
  };
  const answer = await exchange(address, { headers, ...(signal === undefined ? {} : { signal }) }, known?.value);
  return answer as Answer<Readings[P]>;
}

/** Keys of requests that no answer came to: repeated soon, they are carried out once. Later, the same again is another act. */
const unanswered = new Map<string, { readonly key: string; readonly atMs: number }>();
const repeatedWithinMs = 120_000;

/** Does something over the admin API; once, also when it is said again because no answer came. */
export async function act<P extends keyof Acts>(
  path: P,
  input: Acts[P]['input'],
  params: Params = {},
): Promise<Answer<Acts[P]['answer']>> {
  const [address, body] = [addressOf(path, params), JSON.stringify(input)];
  const asked = `${address} ${body}`;
  const nowMs = Date.now();
  for (const [other, { atMs }] of unanswered) if (nowMs - atMs > repeatedWithinMs) unanswered.delete(other);
  const key = unanswered.get(asked)?.key ?? `"${crypto.randomUUID()}"`;
  unanswered.set(asked, { key, atMs: nowMs });
  const answer = await exchange(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body,
  });
  // Once something was done, what no answer came to before is another act; what was refused has changed nothing.
  if (answer.ok) unanswered.clear();
  else if (answer.status === 0) unanswered.set(asked, { key, atMs: nowMs });
  else unanswered.delete(asked);
  return answer as Answer<Acts[P]['answer']>;
}

/** Signs this browser out at the relay; the page that ends the provider’s own session, where it has one. */
export async function signOut(): Promise<Answer<{ readonly endSessionUrl: string | null }>> {
  const answer = await exchange('/console/auth/sign-out', { method: 'POST' });
  return answer as Answer<{ readonly endSessionUrl: string | null }>;
}

/** Where people sign in, with the address that begins it. */
export async function readProviders(): Promise<Answer<{ readonly providers: readonly SignInChoice[] }>> {
  const answer = await exchange('/console/auth/providers', {});
  return answer as Answer<{ readonly providers: readonly SignInChoice[] }>;
}

/** A provider on the sign-in page. */
export interface SignInChoice {
  readonly name: string;
  readonly start: string;
}

interface Exchange extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

async function exchange(address: string, init: Exchange, known?: unknown): Promise<Answer<unknown>> {
  let response: Response;
  try {
    response = await fetch(address, {
      ...init,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { Accept: 'application/json', [consoleHeader]: '1', ...init.headers },
    });
    if (response.status === 304) return { ok: true, value: known };
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) {
      remember(address, response.headers.get('etag'), body);
      return { ok: true, value: body };
    }
    const problem = readProblem(body, response.status, Date.now());
    if (response.status === 401) onSignedOut(problem);
    return { ok: false, status: response.status, problem };
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    return { ok: false, status: 0, problem: unreachable(cause, Date.now()) };
  }
}

function remember(address: string, etag: string | null, value: unknown): void {
  if (etag === null) return;
  remembered.delete(address);
  remembered.set(address, { etag, value });
  const [oldest] = remembered.keys();
  if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
}
