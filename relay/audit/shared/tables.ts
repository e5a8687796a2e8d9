import type { DomainMigrations } from '../../storage/postgres/migrate-postgres.ts';

/**
 * Tables of the audit of all relays. Records stand in one table with a partition for each day on which a relay wrote them
 * (`segmentDay`), so that old days go as a whole; `audit_segment` and `audit_term` find what is in them, and can be made
 * again. Names are compared byte by byte, as JavaScript does.
 */
const first = `
  CREATE TABLE audit_relay (
    relay text COLLATE "C" PRIMARY KEY,
    verifier_key text NOT NULL,
    size bigint NOT NULL,
    edge bytea NOT NULL,
    last_hash bytea,
    cut_size bigint NOT NULL DEFAULT 0,
    cut_detail text,
    indexed_to int NOT NULL DEFAULT -1,
    written_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE audit_day (
    relay text COLLATE "C" NOT NULL,
    first_seq bigint NOT NULL,
    day date NOT NULL,
    edge bytea NOT NULL,
    PRIMARY KEY (relay, first_seq)
  );
  CREATE TABLE audit_checkpoint (
    relay text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    edge bytea,
    PRIMARY KEY (relay, size)
  );
  CREATE TABLE audit_record (
    relay text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    day date NOT NULL,
    hash bytea NOT NULL,
    payload text NOT NULL,
    PRIMARY KEY (relay, seq, day)
  ) PARTITION BY RANGE (day);
  CREATE TABLE audit_segment (
    relay text COLLATE "C" NOT NULL,
    segment int NOT NULL,
    day date NOT NULL,
    head text NOT NULL,
    open text NOT NULL,
    outcomes bytea NOT NULL,
    PRIMARY KEY (relay, segment, day)
  ) PARTITION BY RANGE (day);
  CREATE TABLE audit_term (
    term text COLLATE "C" NOT NULL,
    relay text COLLATE "C" NOT NULL,
    segment int NOT NULL,
    day date NOT NULL,
    posting bytea NOT NULL,
    PRIMARY KEY (term, relay, segment, day)
  ) PARTITION BY RANGE (day);
`;

// Of relays that have stopped for good nobody signs that their records may go.
const second = 'ALTER TABLE audit_relay ADD COLUMN dropped_to bigint NOT NULL DEFAULT 0';

export const auditTables: DomainMigrations = { domain: 'audit', steps: [first, second] };

/** Tables that have a partition for each day. */
export const dailyTables = ['audit_record', 'audit_segment', 'audit_term'] as const;
