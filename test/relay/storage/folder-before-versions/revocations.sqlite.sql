CREATE TABLE mark (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT;
CREATE TABLE act (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL,
     record TEXT NOT NULL, recorded INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "mark" VALUES ('subject 1', 1793620800000, 'administrator');
INSERT INTO "act" VALUES (1, 'act-1', 1793620800000, '{"type":"administrator","id":"act-1","timeMs":1793620800000,"event":"revoked","operator":"root","reason":"lost laptop"}', 0);
PRAGMA user_version = 0;
