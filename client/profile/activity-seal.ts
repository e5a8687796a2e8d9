import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type ActivityEntry, activityEntrySchema, type RequestCounts } from '../../shared/activity.ts';
import type { ActivityBatch } from './activity-store.ts';

const ivBytes = 12;
const tagBytes = 16;
const count = z.int().min(0);
const batchSchema = z.object({
  entries: z.array(activityEntrySchema),
  counts: z.record(z.string(), z.object({ requests: count, denied: count, failed: count })),
});

/** One line of the activity's file: a batch under AES-256-GCM, bound to its profile, in base64. */
export function sealBatch(batch: ActivityBatch, key: Buffer, profileId: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(profileId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(batch)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

/** The batches of all lines that are whole and of this key; others, damaged or of an earlier key, are passed over. */
export function openBatches(text: string, key: Buffer, profileId: string): ActivityBatch[] {
  return text.split('\n').flatMap((line) => openBatch(line, key, profileId) ?? []);
}

function openBatch(line: string, key: Buffer, profileId: string): ActivityBatch | null {
  if (line === '') return null;
  try {
    const sealed = Buffer.from(line, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(profileId));
    decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    const plain = Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
    const parsed = batchSchema.safeParse(JSON.parse(plain.toString()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * One batch out of several, the last report on each request, in the order in which they were first seen. `bounds` drops
 * the oldest entries, which stay counted.
 */
export function mergeBatches(
  batches: readonly ActivityBatch[],
  bounds?: { readonly oldestMs: number; readonly maxCharacters: number },
): ActivityBatch {
  const entries = new Map<string, ActivityEntry>();
  const counts: Record<string, RequestCounts> = {};
  for (const batch of batches) {
    for (const entry of batch.entries) entries.set(entry.requestId, entry);
    for (const [api, more] of Object.entries(batch.counts)) {
      const { requests = 0, denied = 0, failed = 0 } = counts[api] ?? {};
      counts[api] = {
        requests: requests + more.requests,
        denied: denied + more.denied,
        failed: failed + more.failed,
      };
    }
  }
  const all = [...entries.values()];
  return { entries: bounds === undefined ? all : newest(all, bounds), counts };
}

function newest(
  entries: readonly ActivityEntry[],
  { oldestMs, maxCharacters }: { readonly oldestMs: number; readonly maxCharacters: number },
): ActivityEntry[] {
  const kept: ActivityEntry[] = [];
  let left = maxCharacters;
  for (const entry of entries.toReversed()) {
    left -= JSON.stringify(entry).length;
    if (left < 0) break;
    if (entry.timeMs >= oldestMs) kept.push(entry);
  }
  return kept.toReversed();
}
