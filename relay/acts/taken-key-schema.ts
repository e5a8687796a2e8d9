/** Name of the file in the data folder. */
export const takenKeysFile = 'idempotency.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const takenKeySteps: readonly string[] = [
  `
  CREATE TABLE taken (
    id TEXT PRIMARY KEY, operator TEXT NOT NULL, request TEXT NOT NULL, at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX taken_operator ON taken (operator, at_ms);
  CREATE INDEX taken_at ON taken (at_ms);
  `,
];
