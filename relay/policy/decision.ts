import type { Catalog } from '../../shared/catalog.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { Identity } from '../identity/identity.ts';
import type { LazyReasons } from './lazy-reasons.ts';

/** One HTTP request as policy sees it. `path` is canonical and without the query (see `canonicalPath`). */
export interface PolicyRequest {
  readonly api: string;
  readonly method: string;
  readonly path: string;
}

/** Who asks, as far as rules look at it. What is left out is not known, which never helps the caller. */
export type PolicySubject = Pick<Identity, 'groups'> &
  Partial<Pick<Identity, 'issuer' | 'kind' | 'claims' | 'scopes' | 'acr' | 'authTimeMs'>>;

/** The computer as its client describes it; not verified. */
export interface ReportedDevice {
  readonly name: string;
  readonly system: string;
  readonly appVersion: string;
  /** What IT says of the computer; left out where its client says nothing. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** A role that somebody has for a limited time, because an approver agreed. */
export interface ActiveGrant {
  readonly id: string;
  /** The API where it counts; null for all. */
  readonly api: string | null;
  /** The group that the person is taken to be in. */
  readonly role: string;
  readonly approvedBy: string;
  readonly expiresAtMs: number;
}

/** When, from where and with what a request comes; everything that is neither caller nor request. */
export interface PolicyContext {
  /** Milliseconds since the epoch; NaN when not known. */
  readonly timeMs: number;
  /** Where the tunnel comes from, as the socket gives it; empty when not known. */
  readonly remoteAddress: string;
  readonly device: ReportedDevice | null;
  /** Grants of this person, also ended ones; left out for none. */
  readonly grants?: readonly ActiveGrant[];
}

/** Nothing is known: rules that ask for a time, a network, a device or a fresh sign-in don't allow. */
export const unknownContext: PolicyContext = Object.freeze({ timeMs: Number.NaN, remoteAddress: '', device: null });

/** The verdict, with the rule that decided and words that a person understands. */
export type Decision =
  | {
      readonly effect: 'allow';
      /** The rule's name, or `grant:<id>` when it holds only because of that grant. */
      readonly rule: string;
      readonly reason: string;
      readonly reasons?: LazyReasons | undefined;
      /** Id of the grant because of which it holds. */
      readonly grant?: string;
    }
  | {
      readonly effect: 'deny';
      /** The deny rule, the allow rule that asks for a fresh sign-in, or null when no rule allows the request. */
      readonly rule: string | null;
      readonly reason: string;
      readonly reasons?: LazyReasons | undefined;
      /** Groups of which any one would allow the same request; empty when none would. */
      readonly unlockedBy: readonly string[];
      /** The fresh sign-in with which the same request would be allowed. */
      readonly stepUp?: StepUp;
    };

/** What the caller learns of a decision; `rule` is null where it isn't told. */
export type ToldDecision =
  | Decision
  | {
      readonly effect: 'allow';
      readonly rule: null;
      readonly reason: string;
      readonly reasons?: LazyReasons | undefined;
    };

/** One rule as it was considered, for `explain`. */
export interface ConsideredRule {
  readonly rule: string;
  readonly effect: 'allow' | 'deny';
  readonly matched: boolean;
  /** Why it did not match, or that it did. */
  readonly because: string;
}

/**
 * A compiled policy: immutable; a reload makes a new one. All functions are pure: the same arguments, the same answer.
 * Identities and their contents are taken as immutable, and what was found for one is remembered with the object.
 */
export interface Policy {
  /** Changes with the content: a short hash. */
  readonly revision: string;
  decide(subject: PolicySubject, request: PolicyRequest, context?: PolicyContext): Decision;
  explain(
    subject: PolicySubject,
    request: PolicyRequest,
    context?: PolicyContext,
  ): { readonly decision: Decision; readonly considered: readonly ConsideredRule[] };
  /** A decision as the caller may know it (`disclose`); the audit has it whole. */
  told(decision: Decision): ToldDecision;
  /** Whether this caller may know that the API exists: cheap, and before any check that answers differently per API. */
  isVisible(subject: PolicySubject, api: string, context?: PolicyContext): boolean;
  /** What this identity may see and do, in words. */
  catalogFor(identity: Identity, context?: PolicyContext): Catalog;
}
