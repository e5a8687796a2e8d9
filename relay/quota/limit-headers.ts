import type { AppliedLimit } from './request-limits.ts';

/** A limit with what is left of it now. */
export interface LimitState {
  readonly limit: AppliedLimit;
  readonly left: number;
}

/**
 * `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10): names and values in turn.
 * `q` and `r` are requests, `w` and `t` seconds.
 */
export function limitHeaders(states: readonly LimitState[], timeMs: number): string[] {
  if (states.length === 0) return [];
  let policies = '';
  let limits = '';
  for (const { limit, left } of states) {
    const { startMs, endMs } = limit.window(timeMs);
    const separator = policies === '' ? '' : ', ';
    policies += separator + policyOf(limit, Math.round((endMs - startMs) / 1000));
    limits += `${separator}${nameOf(limit)};r=${left};t=${secondsUntil(endMs, timeMs)}`;
  }
  return ['RateLimit-Policy', policies, 'RateLimit', limits];
}

/** Whole seconds until a moment, at least 1: what `Retry-After` says (RFC 9110 §10.2.3). */
export function secondsUntil(momentMs: number, timeMs: number): number {
  return Math.max(1, Math.ceil((momentMs - timeMs) / 1000));
}

/** With the seconds that it is for: a day may have an hour more or less. */
const policies = new WeakMap<AppliedLimit, { readonly seconds: number; readonly text: string }>();

function policyOf(limit: AppliedLimit, seconds: number): string {
  let policy = policies.get(limit);
  if (policy?.seconds !== seconds) {
    policy = { seconds, text: `${nameOf(limit)};q=${limit.most};w=${seconds}` };
    policies.set(limit, policy);
  }
  return policy.text;
}

const names = new WeakMap<AppliedLimit, string>();

function nameOf(limit: AppliedLimit): string {
  let name = names.get(limit);
  if (name === undefined) {
    name = fieldString(limit.name);
    names.set(limit, name);
  }
  return name;
}

/** A String of Structured Fields (RFC 9651 §3.3.3); what it can't hold becomes “_”. */
function fieldString(text: string): string {
  return `"${text.replaceAll(/[^ -~]/g, '_').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
