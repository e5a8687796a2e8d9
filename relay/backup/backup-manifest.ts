import { z } from 'zod';

/** Name of the file that says what a backup holds; written last, so that a folder without it is none. */
export const manifestFile = 'backup.json';

/** Names only: nothing of a backup can lead out of its folder. */
export const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** Version of the relay's program that made it. */
  version: z.string(),
  madeAt: z.iso.datetime(),
  relayUrl: z.string(),
  /** Whether private keys are in it. */
  keys: z.boolean(),
  /** Whether the relay keeps locks, grants and sessions in PostgreSQL, which isn't in here. */
  hasStorage: z.boolean(),
  files: z
    .array(
      z.strictObject({
        name: fileName,
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        /** Version of a database's schema; null for other files. */
        schema: z.int().min(0).nullable(),
      }),
    )
    .max(1000),
});

export type BackupManifest = z.infer<typeof manifestSchema>;
