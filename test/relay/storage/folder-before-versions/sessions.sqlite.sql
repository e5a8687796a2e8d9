CREATE TABLE lock (id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE act (seq INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE session (
     id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, last_used_at_ms INTEGER NOT NULL,
     content TEXT NOT NULL
   ) STRICT;
CREATE INDEX session_person ON session (issuer, subject);
CREATE INDEX session_last_use ON session (last_used_at_ms);
INSERT INTO "lock" VALUES ('L7dK2mPq9xRt', '{"id":"L7dK2mPq9xRt","target":{"type":"person","who":"mallory","issuer":null},"reason":"left the company","author":"root","createdAtMs":1793620800000,"untilMs":null,"removed":null}');
INSERT INTO "act" VALUES (1, '{"type":"lock","timeMs":1793620800000,"event":"lock-added","operator":"root","reason":"left the company","target":"the person mallory","lock":"L7dK2mPq9xRt","untilMs":null}');
INSERT INTO "session" VALUES ('sX3kq0Zr1vWbYt2', 'https://sso.example.com', 'subject-alice', 1793620805000, '{"id":"sX3kq0Zr1vWbYt2","kind":"person","issuer":"https://sso.example.com","provider":"Example Company","subject":"subject-alice","username":"alice","device":{"id":"d1","name":"Alices-Laptop","system":"linux","appVersion":"1.0.0"},"acr":null,"signedInAtMs":1793620800000,"binding":"key","tokenId":null,"issuedAtMs":1793620800000,"sinceMs":1793620800000,"lastUsedAtMs":1793620805000,"addresses":{"10.0.0.1":1793620800000},"apis":{"orders":1793620800000},"tunnels":{}}');
PRAGMA user_version = 1;
