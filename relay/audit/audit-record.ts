/** Who and from where, in every record that has a caller. Times are milliseconds since the epoch. */
export interface AuditCaller {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** Id of the tunnel. */
  readonly sessionId: string;
  readonly device: string;
  readonly remoteAddress: string;
  /** Id of the sign-in on this device, as lists of sessions have it; the same at all relays. Left out where it isn't known. */
  readonly signIn?: string | undefined;
}

/** What the audit can say; discriminates on `type`. Never holds tokens, bodies or header values. */
export type AuditRecord =
  | {
      readonly type: 'decision';
      readonly requestId: string;
      readonly timeMs: number;
      readonly caller: AuditCaller;
      readonly api: string;
      readonly method: string;
      /** Canonical path, the one that was decided and is forwarded; without the query. */
      readonly path: string;
      readonly effect: 'allow' | 'deny';
      /** `null` when no rule matched or the request was refused before policy. */
      readonly rule: string | null;
      readonly reason: string;
      readonly policyRevision: string;
      // Further fields are left out where there is nothing to say, and by relays that didn’t know them yet.
      /** As the caller says, shortened. */
      readonly userAgent?: string | undefined;
      /** Id of the grant that allowed it. */
      readonly grant?: string | undefined;
      /** Of a denial: code of the problem that the caller is told. */
      readonly code?: string | undefined;
      /** Values of the query parameters that the config names, by parameter. */
      readonly query?: Readonly<Record<string, readonly string[]>> | undefined;
    }
  | {
      readonly type: 'outcome';
      readonly requestId: string;
      readonly timeMs: number;
      readonly outcome: 'completed' | 'aborted' | 'unknown';
      readonly status: number | null;
      readonly durationMs: number;
      readonly requestBytes: number;
      readonly responseBytes: number;
      readonly detail: string | null;
      /** Code of the problem that the relay answered with, instead of the API. */
      readonly code?: string | undefined;
    }
  | {
      readonly type: 'authentication-refused';
      readonly timeMs: number;
      readonly remoteAddress: string;
      readonly code: string;
      readonly detail: string;
      /** Unverified `iss` and `sub` of the refused token, shortened, to find the person; null when unreadable. */
      readonly claimed: { readonly issuer: string; readonly subject: string } | null;
      /** Left out where nothing that says who somebody is was refused, and by relays that didn’t know it yet. */
      readonly of?: 'token' | 'logout-token' | 'event' | 'saml' | undefined;
    }
  | {
      readonly type: 'session';
      readonly timeMs: number;
      /**
       * `signed-out` and `renamed` are of no tunnel: `sessionId` and `device` are empty. So are those of the operators’ console,
       * whose `detail` says where the person signed in. With `renamed` it says which device, and both names.
       */
      readonly event:
        | 'opened'
        | 'renewed'
        | 'closed'
        | 'signed-out'
        | 'renamed'
        | 'console-signed-in'
        | 'console-signed-out';
      readonly caller: AuditCaller;
      readonly detail: string;
      /** Claims that the config names, by path; only with `opened`. */
      readonly claims?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'access';
      readonly timeMs: number;
      readonly event: 'requested' | 'approved' | 'refused' | 'cancelled' | 'revoked' | 'expired';
      /** Id of the request and of its grant; decisions that it allowed name the rule `grant:<id>`. */
      readonly grant: string;
      readonly requester: { readonly issuer: string; readonly subject: string; readonly username: string };
      /** The API where the role counts; null for all. */
      readonly api: string | null;
      readonly role: string;
      readonly hours: number;
      readonly expiresAtMs: number | null;
      /** Who did it; empty when it ended by itself. */
      readonly by: string;
      /** The reason that was given. */
      readonly note: string;
    }
  | {
      readonly type: 'administrator';
      readonly timeMs: number;
      /** Of this act alone. */
      readonly id: string;
      /** Of `person-erased`, `person` has the name that the person’s records have from then on. */
      readonly act:
        | 'sign-ins-revoked'
        | 'person-erased'
        | 'anomaly-acknowledged'
        | 'identity-keys-replaced'
        | 'audit-key-replaced';
      /** Who did it, by the system's users; `sudoUser` is who became `user` by sudo, or null. */
      readonly operator: { readonly user: string; readonly sudoUser: string | null };
      readonly reason: string;
      /** Whom it is about; null for keys, and for a finding about nobody who was signed in. */
      readonly person: { readonly issuer: string; readonly subject: string; readonly username: string } | null;
      /** Of `anomaly-acknowledged`: id of the finding. */
      readonly finding?: string;
    }
  | {
      /** What somebody who runs the relay did, or a person to a session of their own. */
      readonly type: 'lock';
      readonly timeMs: number;
      readonly event: 'lock-added' | 'lock-removed' | 'session-ended' | 'debug-started' | 'debug-ended';
      /** User of the operating system, or user name of the person, in words. */
      readonly operator: string;
      readonly reason: string;
      /** What it was done to, in words. */
      readonly target: string;
      /** Id of the lock; decisions that it made name the rule `lock:<id>`. Of `debug-…`, what lines of the log have. */
      readonly lock: string;
      /** When the lock ends by itself; null for never. */
      readonly untilMs: number | null;
    }
  | {
      readonly type: 'anomaly';
      readonly timeMs: number;
      /** Of this finding; the same when it is found again. */
      readonly id: string;
      readonly rule:
        | 'denial-burst'
        | 'path-scan'
        | 'first-use-of-api'
        | 'new-device'
        | 'new-address'
        | 'two-places'
        | 'refused-sign-ins'
        | 'dormant-account'
        | 'break-glass';
      /** Null when nobody was signed in. */
      readonly person: { readonly issuer: string; readonly subject: string; readonly username: string } | null;
      /** Of the request or refusal that completed it; empty when there is none. */
      readonly sessionId: string;
      readonly device: string;
      readonly remoteAddress: string;
      /** The API that it is about; null when it is about none. */
      readonly api: string | null;
      readonly detail: string;
    }
  | {
      readonly type: 'relay';
      readonly timeMs: number;
      /**
       * `audit-recovered`, `audit-cut` and `audit-key-changed` are written by the audit itself: `detail` says what could not
       * be recorded before, which records were taken out, signed, or which key signs from there on, who asked and why.
       */
      readonly event:
        | 'started'
        | 'stopped'
        | 'reload-asked'
        | 'policy-loaded'
        | 'policy-refused'
        | 'draining'
        | 'undrained'
        | 'drain-asked'
        | 'undrain-asked'
        | 'backup-began'
        | 'backup-ended'
        | 'audit-recovered'
        | 'audit-cut'
        | 'audit-key-changed'
        | 'break-glass-sign-in'
        | 'break-glass-account';
      readonly detail: string;
      /** Who has signed in with an account of the relay’s own, and from where; only with `break-glass-sign-in`. */
      readonly person?: { readonly issuer: string; readonly subject: string; readonly username: string };
      readonly remoteAddress?: string;
      /**
       * Which config was put in force or refused: SHA-256 of its text without secrets, which the data folder keeps; the
       * file, the system's user that owns it, and when it was changed. Left out by older relays, and where none was read.
       */
      readonly config?: {
        readonly hash: string;
        readonly file: string;
        readonly owner: string;
        readonly changedAtMs: number;
      };
    };

/**
 * What was refused: a token or proof of a request's `Authorization` and `DPoP` headers, or of a tunnel, which no page of another
 * site can make a browser send; or a provider's logout token, event or SAML message, which it can.
 */
export type RefusedKind = NonNullable<Extract<AuditRecord, { readonly type: 'authentication-refused' }>['of']>;

/** A durable, append-only, hash-chained log. */
export interface AuditLog {
  /**
   * Queues a record; `done` is called once it is on disk, or with an AccessError `audit-unavailable`. Records keep
   * the order in which they were appended.
   */
  append(record: AuditRecord, done: (error: Error | null) => void): void;
  /** False since a write failed and until one succeeds; requests must then be refused. */
  readonly healthy: boolean;
  /** Writes what is queued, then releases file and thread. */
  close(): Promise<void>;
}

/** What a log counts itself, so that nobody has to count it with each record. */
export interface QueueCounts {
  /** Records that aren’t durable yet. */
  readonly waiting: number;
  /** Records that could not be written, since the start. */
  readonly failed: number;
}
