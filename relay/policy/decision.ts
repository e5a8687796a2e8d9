import type { Catalog } from '../../shared/catalog.ts';
import type { Identity } from '../identity/identity.ts';

/** One HTTP request as policy sees it. `path` is canonical and without the query (see `canonicalPath`). */
export interface PolicyRequest {
  readonly api: string;
  readonly method: string;
  readonly path: string;
}

/** The verdict, with the rule that decided and words that a person understands. */
export type Decision =
  | { readonly effect: 'allow'; readonly rule: string; readonly reason: string }
  | {
      readonly effect: 'deny';
      /** The deny rule, or null when no rule allows the request. */
      readonly rule: string | null;
      readonly reason: string;
      /** Groups of which any one would allow the same request; empty when none would. */
      readonly unlockedBy: readonly string[];
    };

/** One rule as it was considered, for `explain`. */
export interface ConsideredRule {
  readonly rule: string;
  readonly effect: 'allow' | 'deny';
  readonly matched: boolean;
  /** Why it did not match, or that it did. */
  readonly because: string;
}

/** A compiled policy: immutable; a reload makes a new one. All functions are pure. */
export interface Policy {
  /** Changes with the content: a short hash. */
  readonly revision: string;
  decide(identity: Pick<Identity, 'groups'>, request: PolicyRequest): Decision;
  explain(
    identity: Pick<Identity, 'groups'>,
    request: PolicyRequest,
  ): { readonly decision: Decision; readonly considered: readonly ConsideredRule[] };
  /** Whether this identity may know that the API exists: cheap, and before any check that answers differently per API. */
  isVisible(identity: Pick<Identity, 'groups'>, api: string): boolean;
  /** What this identity may see and do, in words. */
  catalogFor(identity: Identity): Catalog;
}
