CREATE TABLE revision (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE revision_event (
      seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, event TEXT NOT NULL, file TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT;
CREATE INDEX revision_event_hash ON revision_event (hash, seq);
INSERT INTO "revision" VALUES ('91ef03e6d96e20599ec327d64e82b065e12a87bfa123ccd8aef088ac92ea77cc', 'relay: one
');
INSERT INTO "revision" VALUES ('6a648e7de500aa72ab1d1c24d2c78989c62a88cf7d0f8b0041d189a0427c7584', 'relay: two
');
INSERT INTO "revision_event" VALUES (1, 1793620800000, 'loaded', '/etc/causeway/relay.yaml', '91ef03e6d96e20599ec327d64e82b065e12a87bfa123ccd8aef088ac92ea77cc');
INSERT INTO "revision_event" VALUES (2, 1793620801000, 'loaded', '/etc/causeway/relay.yaml', '6a648e7de500aa72ab1d1c24d2c78989c62a88cf7d0f8b0041d189a0427c7584');
PRAGMA user_version = 0;
