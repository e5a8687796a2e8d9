import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { browserCookie, cookieHash, requireSameBrowser } from './request-guard.ts';
import { Refusal } from './refusal.ts';

/** Who has proved who they are, and how. */
export interface Proof {
  readonly account: string;
  readonly how: 'passkey' | 'passphrase';
  readonly atMs: number;
}

interface OfBrowser {
  readonly cookie: string;
  readonly address: string;
}

/** A sign-in on its way, from the client’s request to the code. */
export interface SignInFlow extends OfBrowser {
  readonly type: 'sign-in';
  readonly request: AuthorizationRequest;
  /** What a passkey has to sign; null when an answer came. */
  readonly challenge: string | null;
  readonly proof: Proof | null;
  /** Code that the second person enters; null as long as none is wanted. */
  readonly approval: string | null;
  readonly decision: { readonly by: string; readonly approved: boolean } | null;
}

/** A second person on the way to a decision. */
export interface ApproveFlow extends OfBrowser {
  readonly type: 'approve';
  readonly challenge: string | null;
  /** Set with the proof: which sign-in it is about. */
  readonly decides: { readonly by: string; readonly approval: string } | null;
}

/** A person who has opened the link of an invitation. */
export interface EnrolFlow extends OfBrowser {
  readonly type: 'enrol';
  /** By the hash of its id: the flow is no link. */
  readonly invitation: string;
  readonly account: string;
  readonly challenge: string | null;
  readonly userHandle: string;
}

export type Flow = SignInFlow | ApproveFlow | EnrolFlow;

/** A second person asked for: which flow waits. */
export interface PendingApproval {
  readonly flow: string;
  readonly account: string;
}

export const usedPage = 'This page is too old, or was used already. Begin again in Causeway.';

export const flowLifetimeMs = 15 * 60_000;

export function newId(): string {
  return randomBytes(32).toString('base64url');
}

/** Begins a flow in the browser that asks. @returns its id, and the header that gives the browser its cookie */
export function beginFlow<Begun extends Flow>(
  { store, origin, now }: BreakGlassParts,
  request: IncomingMessage,
  address: string,
  flow: Omit<Begun, keyof OfBrowser>,
): { readonly id: string; readonly flow: Begun; readonly headers: Record<string, string> } {
  const { value, setCookie } = browserCookie(request, origin);
  const id = newId();
  const begun = { ...flow, cookie: cookieHash(value), address } as Begun;
  store.put('flow', id, begun, now() + flowLifetimeMs, address);
  return { id, flow: begun, headers: setCookie === null ? {} : { 'Set-Cookie': setCookie } };
}

/**
 * Goes on with a flow in which somebody has proved who they are. Of several proofs at once one counts: a flow shown to
 * others is never somebody else’s afterwards. @throws Refusal when it was used, or has ended
 */
export function keepProved(
  { store }: BreakGlassParts,
  id: string,
  flow: SignInFlow | ApproveFlow,
  expiresAtMs: number,
): void {
  if (store.take('flow', id) === null) throw new Refusal(400, usedPage);
  store.put('proved', id, flow, expiresAtMs);
}

/** The flow of this id, of this browser. @throws Refusal */
export function flowOf<Type extends Flow['type']>(
  { store, origin }: BreakGlassParts,
  request: IncomingMessage,
  id: string,
  ...types: readonly Type[]
): Extract<Flow, { type: Type }> {
  const flow = store.get<Flow>('proved', id) ?? store.get<Flow>('flow', id);
  if (flow === null || !(types as readonly string[]).includes(flow.type)) throw new Refusal(400, usedPage);
  requireSameBrowser(request, origin, flow.cookie);
  return flow as Extract<Flow, { type: Type }>;
}
