import type { AuditRecord } from '../audit/audit-record.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** Certificates for a connection to a receiver, as PEM text. */
export interface ReceiverTls {
  readonly ca?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Which records go to a sink; what is left out leaves nothing out. */
export interface RecordSelection {
  readonly types?: readonly AuditRecord['type'][];
  /** Of decisions, and so of their outcomes. */
  readonly effects?: readonly string[];
  /** Of decisions, their outcomes, and records about access to one API. */
  readonly apis?: readonly string[];
}

/** Where records go to, and what only that kind of place needs. Secrets are filled in. */
export type SinkPlace =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly rotateBytes: number;
      readonly rotateMs?: number;
      /** Rotated files beside the one that is written. */
      readonly keep: number;
    }
  | { readonly kind: 'webhook'; readonly url: string; readonly secrets: readonly string[]; readonly tls: ReceiverTls }
  | {
      readonly kind: 'syslog';
      readonly host: string;
      readonly port: number;
      readonly tls: ReceiverTls;
      readonly facility: number;
      readonly enterpriseNumber: number;
      readonly maxMessageBytes: number;
    }
  /** The audit of all relays in PostgreSQL, which the config names as its storage. */
  | { readonly kind: 'postgres'; readonly relay: string; readonly storage: PostgresSettings };

/** One sink of the config, as its thread takes it. */
export interface SinkSettings {
  /** The cursor is kept under it. */
  readonly name: string;
  readonly place: SinkPlace;
  readonly selection: RecordSelection;
  readonly startAt: 'beginning' | 'now';
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** How long records gather before a batch that isn't full goes. */
  readonly gatherMs: number;
  readonly timeoutMs: number;
  /** Age of the oldest waiting record from which on the log warns. */
  readonly lagWarnMs: number;
}
