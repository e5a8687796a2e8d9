import type { Identity } from '../identity/identity.ts';
import type { Decision, Policy, PolicyContext } from './decision.ts';

/** What a request asks for besides its request line; policy decides on it as on a request of its own. */
export interface FurtherRequest {
  readonly method: string;
  readonly path: string;
}

/** A request with all that it asks for. */
export interface AskedRequest extends FurtherRequest {
  readonly api: string;
  readonly further: readonly FurtherRequest[];
}

/** Decides on a request and on what it asks for besides; the first denial counts, and an allow names all its reasons. */
export function decideAll(
  policy: Policy,
  identity: Identity,
  { api, method, path, further }: AskedRequest,
  situation: PolicyContext,
): Decision {
  const decision = policy.decide(identity, { api, method, path }, situation);
  if (decision.effect === 'deny' || further.length === 0) return decision;
  let { reason, grant } = decision;
  for (const asked of further) {
    const other = policy.decide(identity, { api, ...asked }, situation);
    const words = `It also asks for ${asked.method} ${shortened(asked.path)}: ${other.reason}`;
    if (other.effect === 'deny') return { ...other, reason: words };
    reason = `${reason} ${words}`;
    grant ??= other.grant;
  }
  return grant === undefined ? { ...decision, reason } : { ...decision, reason, grant };
}

/** Text of a caller's, short enough for the audit. */
export function shortened(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
