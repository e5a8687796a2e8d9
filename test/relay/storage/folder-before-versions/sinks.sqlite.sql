CREATE TABLE sink (
    name TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB, planned_seq INTEGER NOT NULL, settings TEXT NOT NULL,
    sent INTEGER NOT NULL, delivered_ms INTEGER, error TEXT, error_ms INTEGER, attempts INTEGER NOT NULL,
    ended INTEGER NOT NULL
  ) STRICT;
INSERT INTO "sink" VALUES ('siem', 42, x'010203', 0, '{}', 42, 1793620800000, NULL, NULL, 0, 0);
PRAGMA user_version = 0;
