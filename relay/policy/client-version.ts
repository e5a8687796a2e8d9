import { coerce, lt } from 'semver';
import type { Catalog } from '../../shared/catalog.ts';
import type { AccessError } from '../../shared/errors.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import type { ClientPolicy } from '../config/client-policy.ts';

/** Why a client of this version gets no tunnel; null when it does. One that can’t be read counts as too old. */
export function refusesVersion({ minimum, howToUpdate }: ClientPolicy, version: string): AccessError | null {
  if (minimum === null) return null;
  const read = coerce(version, { includePrerelease: true });
  if (read !== null && !lt(read, minimum)) return null;
  const shown = read?.version ?? 'unknown';
  const needed = reason('version-too-old', { version: shown, minimum });
  if (howToUpdate === null) return reasonedError('client-too-old', needed);
  return reasonedError('client-too-old', needed, reason('words', { words: howToUpdate }));
}

/** The catalog with the version that people should have; the same object when none is recommended. */
export function recommendVersion(catalog: Catalog, { recommended, howToUpdate }: ClientPolicy): Catalog {
  if (recommended === null) return catalog;
  return { ...catalog, client: { recommendedVersion: recommended, ...(howToUpdate === null ? {} : { howToUpdate }) } };
}
