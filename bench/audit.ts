import { ingestCase } from './audit/ingest-case.ts';
import { mainPathCases } from './audit/main-path-cases.ts';
import { readCases } from './audit/read-cases.ts';
import type { Bench } from './figure.ts';

/** What the audit costs the main path, and how fast it is sent to PostgreSQL, read and verified. */
export const audit: Bench = async (options) => [
  ...(await mainPathCases(options)),
  ...(await ingestCase(options)),
  ...(await readCases(options)),
];
