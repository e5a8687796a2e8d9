import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { browserCookie, cookieHash, requireSameBrowser } from './request-guard.ts';
import { usedPage } from './refusal.ts';
import type { WayIn } from './two-people.ts';

/** Who has proved who they are, and how. */
export interface Proof {
  readonly account: string;
  readonly how: 'passkey' | 'passphrase';
  readonly atMs: number;
  /** Of what it was proved with. */
  readonly invitedBy?: WayIn['invitedBy'];
  readonly invitedAs?: WayIn['invitedAs'];
}

interface OfBrowser {
  readonly cookie: string;
  readonly address: string;
}

/** A sign-in on its way, from the client’s request to the code. */
export interface SignInFlow extends OfBrowser {
  readonly type: 'sign-in';
  readonly request: AuthorizationRequest;
  /** What a passkey has to sign. */
  readonly challenge: string | null;
  readonly proof: Proof | null;
  /** Code that the second person enters; null as long as none is wanted. */
  readonly approval: string | null;
  readonly decision: { readonly by: string; readonly approved: boolean } | null;
}

/** Who decides, as they have proved, and the code that they gave. */
export interface Approver {
  readonly by: string;
  /** Of what they proved it with. */
  readonly invitedBy?: WayIn['invitedBy'];
  readonly invitedAs?: WayIn['invitedAs'];
  readonly approval: string;
}

/** A second person on the way to a decision. */
export interface ApproveFlow extends OfBrowser {
  readonly type: 'approve';
  readonly challenge: string | null;
  /** Set with the proof: which sign-in it is about. */
  readonly decides: Approver | null;
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

/** What pages and their flows need. */
export type PageParts = Pick<BreakGlassParts, 'pageSeal' | 'store' | 'origin' | 'now'>;

export const flowLifetimeMs = 15 * 60_000;

export function newId(): string {
  return randomBytes(32).toString('base64url');
}

/** A flow as it comes from a page. */
export interface FoundFlow<Found extends Flow> {
  readonly id: string;
  readonly flow: Found;
  readonly endsAtMs: number;
}

/** A new flow of the browser that asks, and the header that gives the browser its cookie. */
export function beginFlow<Begun extends Flow>(
  { origin, now }: Pick<PageParts, 'origin' | 'now'>,
  request: IncomingMessage,
  address: string,
  flow: Omit<Begun, keyof OfBrowser>,
): FoundFlow<Begun> & { readonly headers: Record<string, string> } {
  const { value, setCookie } = browserCookie(request, origin);
  const begun = { ...flow, cookie: cookieHash(value), address } as Begun;
  const headers: Record<string, string> = setCookie === null ? {} : { 'Set-Cookie': setCookie };
  return { id: newId(), flow: begun, endsAtMs: now() + flowLifetimeMs, headers };
}

const sealedPlace = 'a flow without proof';

/**
 * What a page holds of a flow in which nobody has proved anything. It is in the page alone: strangers make the relay keep
 * nothing, and so push out nobody.
 */
export function sealFlow({ pageSeal }: PageParts, found: FoundFlow<SignInFlow | ApproveFlow>): string {
  return pageSeal.close(sealedPlace, JSON.stringify(found));
}

/**
 * Goes on with a flow in which somebody has proved who they are. Of several proofs at once one counts: a flow shown to
 * others is never somebody else’s afterwards. @throws Refusal when it was used
 */
export function keepProved(
  { store }: PageParts,
  { id, endsAtMs }: FoundFlow<SignInFlow | ApproveFlow>,
  flow: SignInFlow | ApproveFlow,
  expiresAtMs: number,
): void {
  if (!store.putProved(id, flow, expiresAtMs, endsAtMs)) throw usedPage();
}

/** The flow that a page holds or names, of this browser. @throws Refusal */
export function flowOf<Type extends Flow['type']>(
  parts: PageParts,
  request: IncomingMessage,
  text: string,
  ...types: readonly Type[]
): FoundFlow<Extract<Flow, { type: Type }>> {
  const found = /^[\w-]{43}$/.test(text) ? keptFlow(parts, text) : sealedFlow(parts, text);
  if (found === null || !(types as readonly string[]).includes(found.flow.type)) throw usedPage();
  requireSameBrowser(request, parts.origin, found.flow.cookie);
  return found as FoundFlow<Extract<Flow, { type: Type }>>;
}

function keptFlow({ store, now }: PageParts, id: string): FoundFlow<Flow> | null {
  const flow = store.get<Flow>('proved', id) ?? store.get<Flow>('flow', id);
  return flow === null ? null : { id, flow, endsAtMs: now() };
}

function sealedFlow({ pageSeal, store, now }: PageParts, sealed: string): FoundFlow<Flow> | null {
  const text = pageSeal.open(sealedPlace, sealed);
  const found = text === undefined ? null : (JSON.parse(text) as FoundFlow<Flow>);
  return found === null || found.endsAtMs <= now() || store.get('proved-once', found.id) !== null ? null : found;
}
