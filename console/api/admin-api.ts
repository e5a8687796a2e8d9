import type { z } from 'zod';
import type { meSchema } from '../../relay/admin/me-routes.ts';
import type { Right } from '../../relay/admin/operator-roles.ts';
import type { findingSchema } from '../../relay/admin/anomaly-routes.ts';
import type { accountSchema, changedAccountSchema } from '../../relay/admin/break-glass-routes.ts';
import type { requestSchema } from '../../relay/admin/access-routes.ts';
import type { apiSchema as apiDetailSchema } from '../../relay/admin/api-routes.ts';
import type { auditStateSchema, auditVerdictSchema, proofSchema } from '../../relay/admin/audit-proof-routes.ts';
import type { auditPageSchema } from '../../relay/admin/audit-routes.ts';
import type { listedLockSchema, lockSchema } from '../../relay/admin/lock-routes.ts';
import type { certificateSchema, overviewSchema } from '../../relay/admin/overview-routes.ts';
import type { listedSchema, personSchema } from '../../relay/admin/people-routes.ts';
import type { explanationSchema } from '../../relay/admin/policy-routes.ts';
import type { listedSchema as listedRelaySchema } from '../../relay/admin/relays-routes.ts';
import type {
  apiSchema,
  configTextSchema,
  effectiveSchema,
  problemSchema,
  relaySchema,
} from '../../relay/admin/relay-routes.ts';
import type { reportSchema } from '../../relay/admin/report-routes.ts';
import type { whatIfSchema } from '../../relay/admin/what-if-routes.ts';
import type { providerSchema } from '../../relay/admin/provider-routes.ts';
import type { transmitterSchema } from '../../relay/admin/signal-routes.ts';
import type { sinkSchema } from '../../relay/admin/sink-routes.ts';
import type { sessionSchema } from '../../relay/admin/session-routes.ts';

export type Relay = z.infer<typeof relaySchema>;
export type ListedRelay = z.infer<typeof listedRelaySchema>;
export type EmergencyAccount = z.infer<typeof accountSchema>;
export type Transmitter = z.infer<typeof transmitterSchema>;
export type Sink = z.infer<typeof sinkSchema>;
export type EffectiveKey = z.infer<typeof effectiveSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type Anomaly = z.infer<typeof findingSchema>;
export type ListedPerson = z.infer<typeof listedSchema>;
export type SeenPerson = z.infer<typeof personSchema>;
export type Overview = z.infer<typeof overviewSchema>;
export type Certificate = z.infer<typeof certificateSchema>;
export type Lock = z.infer<typeof lockSchema>;
/** A lock of the list of all, with whose it is and where it is spared. */
export type ListedLock = z.infer<typeof listedLockSchema>;
export type Api = z.infer<typeof apiSchema>;
export type AccessRequest = z.infer<typeof requestSchema>;
export type ApiDetail = z.infer<typeof apiDetailSchema>;
export type WhatIf = z.infer<typeof whatIfSchema>;
/** A role that somebody has for a time, with what was made of it. */
export type Grant = AccessRequest & { readonly requests: number; readonly lastHour: string | null };
export type AuditPage = z.infer<typeof auditPageSchema>;
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;
export type Report = z.infer<typeof reportSchema>;
export type Explanation = z.infer<typeof explanationSchema>;
export type ConfigProblem = z.infer<typeof problemSchema>;

/** Who uses this page, and what they may do. */
export type Me = Omit<z.infer<typeof meSchema>, 'rights'> & { readonly rights: readonly Right[] };

export type { Right };

/** What became of an act: whether it is in the record, and why other relays don’t know it yet. */
export interface Outcome {
  readonly recorded: boolean;
  readonly untold: string | null;
}

/** Addresses that are read, with what they answer. Places in a path and the query come as parameters. */
export interface Readings {
  '/admin/v1/me': Me;
  '/admin/v1/relay': Relay;
  '/admin/v1/relays': { readonly relays: readonly ListedRelay[]; readonly unreadable: string | null };
  '/admin/v1/apis/{api}': ApiDetail;
  '/admin/v1/apis': { readonly apis: readonly Api[] };
  '/admin/v1/config': z.infer<typeof configTextSchema>;
  '/admin/v1/overview': Overview;
  '/admin/v1/certificates': { readonly certificates: readonly Certificate[] };
  '/admin/v1/people': { readonly people: readonly ListedPerson[]; readonly next: string | null };
  '/admin/v1/people/{person}': SeenPerson;
  '/admin/v1/anomalies': { readonly anomalies: readonly Anomaly[]; readonly next: string | number | null };
  '/admin/v1/sessions': { readonly sessions: readonly Session[]; readonly next: string | null };
  '/admin/v1/locks': { readonly locks: readonly ListedLock[]; readonly next: string | null };
  '/admin/v1/access-requests': { readonly requests: readonly AccessRequest[]; readonly next: string | null };
  '/admin/v1/grants': { readonly grants: readonly Grant[]; readonly next: string | null };
  '/admin/v1/providers': { readonly providers: readonly z.infer<typeof providerSchema>[] };
  '/admin/v1/config/effective': { readonly keys: readonly EffectiveKey[]; readonly next: number | null };
  '/admin/v1/signals': { readonly transmitters: readonly Transmitter[] };
  '/admin/v1/audit/sinks': { readonly sinks: readonly Sink[] };
  '/admin/v1/break-glass/accounts': {
    readonly isOn: boolean;
    readonly twoPersons: boolean;
    readonly accounts: readonly EmergencyAccount[];
  };
  '/admin/v1/audit': AuditPage;
  '/admin/v1/audit/state': z.infer<typeof auditStateSchema>;
  '/admin/v1/audit/records/{seq}/proof': z.infer<typeof proofSchema>;
  '/admin/v1/reports/{report}': Report;
}

interface Reasoned {
  readonly reason: string;
}

/** Addresses that something is done at, with what they take and answer. */
export interface Acts {
  '/admin/v1/policy/what-if': { input: { readonly text: string; readonly days: number }; answer: WhatIf };
  '/admin/v1/audit/verify': { input: Readonly<Record<string, never>>; answer: AuditVerdict };
  '/admin/v1/relay/drain': { input: Reasoned; answer: { readonly relay: object } };
  '/admin/v1/relay/undrain': { input: Reasoned; answer: { readonly relay: object } };
  '/admin/v1/relays/{relay}/{order}': {
    input: Reasoned;
    answer: { readonly relay: ListedRelay; readonly obeyed: boolean };
  };
  '/admin/v1/relays/{relay}/workers/{worker}/{order}': {
    input: Reasoned;
    answer: { readonly relay: ListedRelay; readonly obeyed: boolean };
  };
  '/admin/v1/relay/reload': { input: Reasoned; answer: { readonly policyRevision: string } };
  '/admin/v1/anomalies/{id}/acknowledge': {
    input: { readonly note: string };
    answer: { readonly anomaly: Anomaly };
  };
  '/admin/v1/sessions/end': {
    input: Reasoned & { readonly session?: string; readonly person?: string };
    answer: Outcome & { readonly ended: readonly Session[] };
  };
  '/admin/v1/locks': {
    input: Reasoned & {
      readonly person?: string;
      readonly issuer?: string;
      readonly session?: string;
      readonly device?: string;
      readonly group?: string;
      readonly api?: string;
      readonly everything?: true;
      readonly until?: string;
    };
    answer: Outcome & { readonly lock: Lock };
  };
  '/admin/v1/locks/{id}/remove': { input: Reasoned; answer: Outcome & { readonly lock: Lock } };
  '/admin/v1/people/revoke': {
    input: Reasoned & { readonly who: string; readonly issuer?: string };
    answer: Outcome & { readonly person: { readonly username: string } };
  };
  '/admin/v1/break-glass/accounts/{account}/{act}': {
    input: Reasoned;
    answer: z.infer<typeof changedAccountSchema>;
  };
  '/admin/v1/access-requests/{id}/{decision}': {
    input: Reasoned;
    answer: { readonly request: AccessRequest; readonly recorded: boolean };
  };
  '/admin/v1/policy/explain': {
    input: {
      readonly method: string;
      readonly url: string;
      readonly groups?: readonly string[];
      readonly as?: string;
      readonly issuer?: string;
      readonly address?: string;
      readonly at?: string;
    };
    answer: Explanation;
  };
  '/admin/v1/config/check': {
    input: { readonly text: string };
    answer: { readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] };
  };
}
