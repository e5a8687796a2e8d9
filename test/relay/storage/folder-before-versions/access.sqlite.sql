CREATE TABLE access_request (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL,
    api TEXT, role TEXT NOT NULL, reason TEXT NOT NULL, hours REAL NOT NULL, requested_at_ms INTEGER NOT NULL,
    status TEXT NOT NULL, decided_by TEXT, decided_at_ms INTEGER, expires_at_ms INTEGER
  ) STRICT;
CREATE INDEX access_request_status ON access_request (status, expires_at_ms);
CREATE TABLE access_event (
    seq INTEGER PRIMARY KEY, request TEXT NOT NULL, event TEXT NOT NULL, time_ms INTEGER NOT NULL,
    by TEXT NOT NULL, note TEXT NOT NULL, audited INTEGER NOT NULL DEFAULT 0
  ) STRICT;
CREATE INDEX access_event_audited ON access_event (audited, seq);
INSERT INTO "access_request" VALUES ('cTKpFiyTmVD2', 'https://sso.example.com', 'subject-alice', 'alice', 'payroll', 'payroll-readers', 'month end', 8, 1793620800000, 'approved', 'bob', 1793620801000, 1793649601000);
INSERT INTO "access_request" VALUES ('iWn6Q-WIuKYf', 'https://sso.example.com', 'subject-carol', 'carol', 'orders', 'orders-writers', 'month end', 8, 1793620800000, 'pending', NULL, NULL, NULL);
INSERT INTO "access_request" VALUES ('MebCAyKI7kjW', 'https://sso.example.com', 'subject-dave', 'dave', NULL, 'operators', 'month end', 8, 1793620800000, 'refused', 'bob', 1793620802000, NULL);
INSERT INTO "access_event" VALUES (1, 'cTKpFiyTmVD2', 'requested', 1793620800000, 'alice', 'month end', 1);
INSERT INTO "access_event" VALUES (2, 'cTKpFiyTmVD2', 'approved', 1793620801000, 'bob', 'fine', 1);
INSERT INTO "access_event" VALUES (3, 'iWn6Q-WIuKYf', 'requested', 1793620800000, 'carol', 'month end', 1);
INSERT INTO "access_event" VALUES (4, 'MebCAyKI7kjW', 'requested', 1793620800000, 'dave', 'month end', 0);
INSERT INTO "access_event" VALUES (5, 'MebCAyKI7kjW', 'refused', 1793620802000, 'bob', 'no', 0);
PRAGMA user_version = 0;
