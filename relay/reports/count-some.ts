import { existsSync } from 'node:fs';
import { auditFiles } from '../audit/audit-files.ts';
import { catchUp } from './follow-audit.ts';
import { mayOnlyRead } from './open-usage.ts';
import type { UsageStore } from './usage-store.ts';

/** How long the newest records may hold up an answer. */
const longestMs = 3000;
const batch = 20_000;

/** Counts what is new in the audit of the folder, for a few seconds at most; the rest is counted by whoever asks next. */
export async function countSome(dataDir: string, usage: UsageStore): Promise<void> {
  if (mayOnlyRead(dataDir) || !existsSync(auditFiles(dataDir).database)) return;
  const endMs = performance.now() + longestMs;
  await catchUp(dataDir, usage, batch, () => performance.now() > endMs);
}
