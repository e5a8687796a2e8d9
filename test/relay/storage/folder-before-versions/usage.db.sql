CREATE TABLE counted (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest BLOB NOT NULL,
    outlived INTEGER NOT NULL, missed INTEGER NOT NULL
  ) STRICT;
CREATE TABLE person (
    id INTEGER PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL, UNIQUE (issuer, subject)
  ) STRICT;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE usage (
    hour INTEGER NOT NULL, person INTEGER NOT NULL, groups INTEGER NOT NULL, api INTEGER NOT NULL, rule INTEGER NOT NULL,
    allowed INTEGER NOT NULL, requests INTEGER NOT NULL, PRIMARY KEY (hour, person, groups, api, rule, allowed)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE denial (
    hour INTEGER NOT NULL, person INTEGER NOT NULL, groups INTEGER NOT NULL, api INTEGER NOT NULL, rule INTEGER NOT NULL,
    method INTEGER NOT NULL, shape TEXT NOT NULL, path TEXT NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (hour, person, api, groups, rule, method, shape)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE approved (
    id TEXT PRIMARY KEY, hour INTEGER NOT NULL, username TEXT NOT NULL, api TEXT, role TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
CREATE TABLE watched (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE seen (
    person TEXT NOT NULL, trait TEXT NOT NULL, value TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    PRIMARY KEY (person, trait, value)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
    id TEXT PRIMARY KEY, time_ms INTEGER NOT NULL, record TEXT NOT NULL, recorded INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
CREATE INDEX finding_time ON finding (time_ms);
CREATE INDEX finding_recorded ON finding (recorded) WHERE recorded = 0;
INSERT INTO "counted" VALUES (1, 0, x'', 0, 0);
INSERT INTO "person" VALUES (1, 'https://sso.example.com', 'subject-alice', 'alice');
INSERT INTO "word" VALUES (1, '["developers"]');
INSERT INTO "word" VALUES (2, 'orders');
INSERT INTO "word" VALUES (3, 'developers-read');
INSERT INTO "word" VALUES (4, 'payroll');
INSERT INTO "word" VALUES (5, '');
INSERT INTO "word" VALUES (6, 'GET');
INSERT INTO "usage" VALUES (498228, 1, 1, 2, 3, 1, 1);
INSERT INTO "usage" VALUES (498228, 1, 1, 4, 5, 0, 1);
INSERT INTO "denial" VALUES (498228, 1, 1, 4, 5, 6, '/*/*', '/v1/7', 1);
INSERT INTO "watched" VALUES (1, 0, x'');
PRAGMA user_version = 2;
