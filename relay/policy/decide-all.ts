import { reason as sentence } from '../../shared/reason.ts';
import type { Identity } from '../identity/identity.ts';
import type { Decision, Policy, PolicyContext } from './decision.ts';
import { LazyReasons } from './lazy-reasons.ts';

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
  let { reason, reasons, grant } = decision;
  for (const asked of further) {
    const other = policy.decide(identity, { api, ...asked }, situation);
    const request = `${asked.method} ${shortened(asked.path)}`;
    const words = `It also asks for ${request}: ${other.reason}`;
    const also = new LazyReasons(() => [sentence('also-asks', { request }), ...(other.reasons?.list() ?? [])]);
    if (other.effect === 'deny') return { ...other, reason: words, reasons: also };
    reason = `${reason} ${words}`;
    reasons = both(reasons, also);
    grant ??= other.grant;
  }
  return grant === undefined ? { ...decision, reason, reasons } : { ...decision, reason, reasons, grant };
}

function both(first: LazyReasons | undefined, second: LazyReasons): LazyReasons {
  return new LazyReasons(() => [...(first?.list() ?? []), ...second.list()]);
}

/** Text of a caller's, short enough for the audit. */
export function shortened(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
