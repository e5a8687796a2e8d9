CREATE TABLE rows (
  model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at_ms INTEGER NOT NULL,
  uid TEXT, grant_id TEXT, session_uid TEXT, lookup TEXT,
  PRIMARY KEY (model, id)
) WITHOUT ROWID;
CREATE INDEX rows_end ON rows (expires_at_ms);
CREATE INDEX rows_uid ON rows (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX rows_grant ON rows (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX rows_session ON rows (session_uid) WHERE session_uid IS NOT NULL;
CREATE INDEX rows_lookup ON rows (model, lookup) WHERE lookup IS NOT NULL;
INSERT INTO "rows" VALUES ('Grant', 'cRQw9hZOk4A9k0KLwfq4D0HiE7sZdokwfehgbUN8MDg', '{"accountId":"p"}', 4102444800000, NULL, 'cRQw9hZOk4A9k0KLwfq4D0HiE7sZdokwfehgbUN8MDg', NULL, NULL);
INSERT INTO "rows" VALUES ('RefreshToken', 'gvPpxpXca40bEYGNVwGRniht6NR_fD6zEAxIX3nleCg', '{"grantId":"g1","sessionUid":"s1"}', 4102444800000, NULL, 'cRQw9hZOk4A9k0KLwfq4D0HiE7sZdokwfehgbUN8MDg', 's1', NULL);
PRAGMA user_version = 0;
