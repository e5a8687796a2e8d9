import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileRecord } from '../../shared/settings.ts';

/** First port that an API gets when nobody has named one. */
export const firstPort = 7101;
const lastPort = 7999;

/**
 * `fixed`, which the person has pinned, is used or fails; `preferred` gives way for once to the first free one of
 * `candidates` when somebody else has it; `free` means the first free one of `candidates`, which is then remembered.
 */
export type PortChoice =
  | { readonly type: 'fixed'; readonly port: number }
  | { readonly type: 'preferred'; readonly port: number; readonly candidates: readonly number[] }
  | { readonly type: 'free'; readonly candidates: readonly number[] };

/**
 * Decides which port an API gets: `managed`, set by IT for all, else pinned by the person, else suggested by the relay,
 * else remembered from the last time, else a free one from 7101 upwards that no other API of any profile has. What the relay suggests is nobody's twice: an API that
 * two relays or accounts offer has a port in each, and keeps both.
 */
export function choosePort(
  api: string,
  record: Pick<ProfileRecord, 'ports'>,
  entry: Pick<CatalogEntry, 'suggestedPort'> | undefined,
  reserved: ReadonlySet<number>,
  others: ReadonlySet<number> = new Set(),
  managed?: number,
): PortChoice {
  if (managed !== undefined) return { type: 'fixed', port: managed };
  const known = record.ports[api];
  if (known?.pinned) return { type: 'fixed', port: known.port };
  const candidates: number[] = [];
  for (let candidate = firstPort; candidate <= lastPort; candidate += 1) {
    if (!reserved.has(candidate)) candidates.push(candidate);
  }
  const port = suggestedPort(entry, known, others) ?? known?.port;
  return port === undefined ? { type: 'free', candidates } : { type: 'preferred', port, candidates };
}

/** What IT suggests, unless another profile has it; one that this API had first stays its own. */
export function suggestedPort(
  entry: Pick<CatalogEntry, 'suggestedPort'> | undefined,
  known: { readonly port: number } | undefined,
  others: ReadonlySet<number>,
): number | undefined {
  const suggested = entry?.suggestedPort;
  return suggested === undefined || (suggested !== known?.port && others.has(suggested)) ? undefined : suggested;
}
