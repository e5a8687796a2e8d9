import type { Reason } from './reason.ts';
import { saidOnce } from './said-once.ts';

/**
 * Every failure that a person can meet has one stable code here, with the words that say what to do about it.
 * What happened in the single case (host names, times, ports) goes into the error's own message.
 */
export const problemTexts = {
  'relay-unreachable': {
    title: 'The relay can’t be reached',
    hint: 'Check your network and the relay’s address, then try again.',
  },
  'no-network': {
    title: 'You’re offline',
    hint: 'Causeway reconnects by itself when this computer has a network again.',
  },
  'proxy-sign-in': {
    title: 'The proxy wants a sign-in',
    hint: 'The details say which kind. Ask IT how programs sign in to it.',
  },
  'proxy-failed': {
    title: 'The proxy doesn’t let Causeway through',
    hint: 'Check your network’s proxy, or show the details to IT.',
  },
  'network-sign-in': {
    title: 'This network wants you to sign in first',
    hint: 'Open its page in your browser and sign in there. Causeway goes on by itself.',
  },
  'relay-untrusted-certificate': {
    title: 'The relay’s certificate isn’t trusted',
    hint: 'Don’t continue on this network. If your company uses its own certificate authority, ask IT to install it.',
  },
  'relay-not-causeway': {
    title: 'This address isn’t a Causeway relay',
    hint: 'Check the address for typing mistakes or ask IT for the right one.',
  },
  'relay-not-ready': {
    title: 'The relay isn’t ready yet',
    hint: 'It is starting or waiting for the sign-in service. Causeway tries again by itself.',
  },
  'relay-draining': {
    title: 'The relay is restarting',
    hint: 'Nothing to do: Causeway reconnects by itself.',
  },
  'relay-refused': { title: 'The relay refused the request', hint: 'Quote the details to IT.' },
  'client-too-old': { title: 'This version is too old for the relay', hint: 'Update Causeway.' },
  'idp-unreachable': {
    title: 'The sign-in service can’t be reached',
    hint: 'Try again in a minute. If it lasts, tell IT that the sign-in service doesn’t answer.',
  },
  'idp-misconfigured': {
    title: 'The sign-in service isn’t set up for Causeway',
    hint: 'Show the details to IT: the sign-in service’s settings and the relay’s don’t agree.',
  },
  'issuer-mismatch': {
    title: 'The sign-in service isn’t the one the relay names',
    hint: 'Don’t sign in. Show the details to IT.',
  },
  'redirect-mismatch': {
    title: 'The sign-in service doesn’t allow this app’s return address',
    hint: 'Ask IT to register http://127.0.0.1/callback for the app (any port, RFC 8252).',
  },
  'sign-in-denied': {
    title: 'The sign-in was refused',
    hint: 'Sign in again with another account, or ask IT whether yours may use Causeway.',
  },
  'sign-in-cancelled': { title: 'The sign-in was cancelled', hint: 'Start again whenever you like.' },
  'sign-in-timed-out': {
    title: 'The sign-in took too long',
    hint: 'The browser page may have been closed. Start again.',
  },
  'sign-in-state-mismatch': {
    title: 'The sign-in’s answer belongs to another attempt',
    hint: 'Close old sign-in pages in your browser and start again.',
  },
  'sign-in-failed': {
    title: 'The sign-in didn’t finish',
    hint: 'Start again. If it fails again, show the details to IT.',
  },
  'sign-in-expired': {
    title: 'Your sign-in has ended',
    hint: 'Sign in again. Your connections come back by themselves.',
  },
  'not-signed-in': { title: 'You aren’t signed in', hint: 'Sign in, then try again.' },
  'renewal-failed': {
    title: 'Your sign-in can’t be renewed right now',
    hint: 'Causeway tries again by itself. Connections stay up until the sign-in ends.',
  },
  'clock-skew': {
    title: 'This computer’s clock is wrong',
    hint: 'Set date and time to automatic, then try again.',
  },
  'token-rejected': {
    title: 'The relay doesn’t accept your sign-in',
    hint: 'Sign in again. If it fails again, show the details to IT.',
  },
  'no-groups': {
    title: 'Your sign-in carries no groups',
    hint: 'Ask IT to send the groups claim for Causeway, or to add you to a group.',
  },
  'no-access': {
    title: 'No API is open to your groups',
    hint: 'Ask IT which group you need.',
  },
  'unknown-api': { title: 'There is no such API', hint: 'Look at the list of APIs for the right name.' },
  'not-connected': { title: 'This API isn’t connected', hint: 'Switch it on in Causeway, or run “causeway connect”.' },
  'policy-denied': {
    title: 'Your groups don’t allow this',
    hint: 'The reason names the rule and what would unlock it.',
  },
  'already-decided': {
    title: 'Somebody else was faster',
    hint: 'Look at what became of it: nothing was changed now.',
  },
  locked: {
    title: 'Access is locked',
    hint: 'The reason says why and until when. Ask IT if you need it sooner.',
  },
  'step-up-required': {
    title: 'Sign in again for this',
    hint: 'Sign in again, then repeat the request. Your other connections stay up.',
  },
  'rate-limited': {
    title: 'Too many requests at once',
    hint: 'Wait as long as the answer says, then go on more slowly.',
  },
  'quota-used-up': {
    title: 'The quota is used up',
    hint: 'Wait until it starts anew, or ask the API’s owner for more.',
  },
  'counters-unavailable': {
    title: 'The relay can’t count requests right now',
    hint: 'Try again in a moment. Tell IT if it lasts.',
  },
  'shared-state-unavailable': {
    title: 'The relay can’t reach what the relays share',
    hint: 'Causeway tries again by itself. Tell IT if it lasts: sign-ins wait until the relays’ shared store is back.',
  },
  'port-taken': {
    title: 'The port is taken',
    hint: 'Close the program that uses it, or choose another port for this API.',
  },
  'host-not-allowed': {
    title: 'The request names another host',
    hint: 'Use the address that Causeway shows, exactly.',
  },
  'origin-not-allowed': {
    title: 'A web page from another origin made this request',
    hint: 'Ask IT to add the page’s origin to the API’s allowed_origins, if it should have access.',
  },
  'access-key-needed': {
    title: 'The request lacks this API’s access key',
    hint: 'Send it in the header X-Causeway-Key. Causeway shows the key beside the address.',
  },
  'connection-auth-refused': {
    title: 'The request would sign in to a shared connection',
    hint: 'NTLM and Negotiate sign in to the connection. Use another kind of sign-in for this API, or ask IT to allow it.',
  },
  'bad-request': { title: 'The request isn’t well-formed', hint: 'Check the client that sent it.' },
  'path-not-canonical': {
    title: 'The path can be read in more than one way',
    hint: 'Send it in its plain form: no dot segments, no encoded slashes, no double encoding.',
  },
  'method-not-supported': { title: 'The method isn’t supported', hint: 'CONNECT and TRACE never pass the relay.' },
  'headers-too-large': { title: 'The request’s headers are too large', hint: 'Send fewer or smaller headers.' },
  'body-too-large': {
    title: 'The request’s body is too large',
    hint: 'Send less, or ask IT to raise the API’s limit.',
  },
  'upstream-unreachable': {
    title: 'The API doesn’t answer',
    hint: 'Causeway works; the API behind it doesn’t. Tell the API’s owners.',
  },
  'upstream-timeout': { title: 'The API took too long', hint: 'Try again, or tell the API’s owners.' },
  'upstream-protocol': { title: 'The API sent a malformed answer', hint: 'Tell the API’s owners.' },
  'audit-unavailable': {
    title: 'The relay can’t record requests right now',
    hint: 'Requests are refused until it can. Tell IT.',
  },
  'too-many-open-files': {
    title: 'Causeway has too many files and connections open',
    hint: 'Close connections that nothing needs, or raise the limit (ulimit -n).',
  },
  overloaded: { title: 'The relay is busy', hint: 'Try again in a moment.' },
  'key-in-use': {
    title: 'The request with this key was begun before',
    hint: 'Ask again in a moment for its answer; or see whether it was carried out, and use a new key.',
  },
  'key-reused': {
    title: 'The key belongs to another request',
    hint: 'Use a new Idempotency-Key for each request, and the same one only to repeat it.',
  },
  'changed-meanwhile': {
    title: 'Somebody has changed it meanwhile',
    hint: 'Read it again, and decide anew.',
  },
  'outcome-unknown': {
    title: 'The connection broke before the answer',
    hint: 'The API may have acted on the request. Check before you send it again.',
  },
  'tunnel-down': { title: 'The tunnel to the relay is down', hint: 'Causeway reconnects by itself.' },
  'session-revoked': { title: 'Your session was ended', hint: 'Sign in again, or ask IT why it was ended.' },
  'sign-in-closed': {
    title: 'The stored sign-in can’t be opened',
    hint: 'Open the place where it is kept, then try again; or sign in again.',
  },
  'sign-in-left': {
    title: 'The stored sign-in is still on this computer',
    hint: 'Make the folder that the details name writable, then sign out again.',
  },
  'not-revoked': {
    title: 'You’re signed out here; the sign-in service wasn’t told',
    hint: 'Nothing to do on this computer. If others may hold the sign-in, end it on the service’s own pages or tell IT.',
  },
  'bad-config': { title: 'The configuration can’t be used', hint: 'Correct the line that the message names.' },
  managed: {
    title: 'Your organisation manages this',
    hint: 'Ask IT if you need it otherwise. “causeway policy show” says what is set, and where.',
  },
  'bad-input': { title: 'That input can’t be used', hint: 'Correct it and try again.' },
  internal: {
    title: 'Something went wrong inside Causeway',
    hint: 'Try again. If it lasts, report it with the details.',
  },
} as const satisfies Record<string, { title: string; hint: string }>;

/** Stable name of a failure; the only thing that code may branch on. */
export type ErrorCode = keyof typeof problemTexts;

/** Code, in the user's words, of one failure: what happened (`title`, `detail`) and what to do (`hint`). */
export interface UserProblem {
  readonly code: ErrorCode;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  /** Relay's request id to quote, when there is one. */
  readonly requestId?: string;
  /** When it happened, milliseconds since the epoch. */
  readonly atMs: number;
}

/** A failure with a stable `code` and a message for the person: what happened and why. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code: ErrorCode;
  readonly requestId: string | undefined;
  /** When it happened, where that is earlier than when it is told; milliseconds since the epoch. */
  readonly atMs: number | undefined;
  /** What the message says, as codes; left out where it has none. */
  readonly reasons: readonly Reason[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      cause?: unknown;
      requestId?: string | undefined;
      atMs?: number | undefined;
      reasons?: readonly Reason[] | undefined;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.requestId = options.requestId;
    this.atMs = options.atMs;
    this.reasons = options.reasons;
  }
}

/** Turns any thrown value into what the person reads; unknown ones become `internal`, of `atMs` unless it says when. */
export function toUserProblem(error: unknown, atMs: number): UserProblem {
  const known = error instanceof AccessError;
  const code: ErrorCode = known ? error.code : 'internal';
  const requestId = known ? error.requestId : undefined;
  return {
    code,
    ...problemTexts[code],
    detail: saidOnce(error instanceof Error ? error.message : String(error)),
    ...(requestId === undefined ? {} : { requestId }),
    atMs: (known ? error.atMs : undefined) ?? atMs,
  };
}

/** Compile-time proof that a union is exhausted. */
export function assertNever(value: never): never {
  throw new AccessError('internal', `Unexpected value: ${JSON.stringify(value)}`);
}
