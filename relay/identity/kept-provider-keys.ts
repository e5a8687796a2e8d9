import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { IssuerConfig } from '../config/config-schema.ts';
import { openPrivateSecret } from '../storage/private-secret.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import type { ProviderMetadata } from './issuer-keys.ts';

const documentSchema = z.strictObject({
  issuer: z.string(),
  /** Where the settings say that metadata and keys come from. */
  from: z.tuple([z.string(), z.string()]),
  fetchedAtMs: z.number(),
  metadata: z.custom<ProviderMetadata>(isMetadata),
  jwks: z.unknown(),
});

/** What was last fetched of a provider, with the time when that was. */
export type KeptDocument = Pick<z.infer<typeof documentSchema>, 'fetchedAtMs' | 'metadata' | 'jwks'>;

type KeptIssuer = Pick<IssuerConfig, 'issuer' | 'metadata_url' | 'jwks_uri'>;

/** Providers’ metadata and keys on disk, so that a relay which starts while a provider is away knows its tokens. */
export interface KeptProviderKeys {
  /** Never throws: what can’t be kept now is in use all the same. */
  save(issuer: KeptIssuer, document: KeptDocument): void;
  /** Null when there is none that may be used; the log says why. @param longestMs how old it may be */
  read(issuer: KeptIssuer, limits: { readonly nowMs: number; readonly longestMs: number }): KeptDocument | null;
}

/** Clocks are set back by so much without anybody noticing. */
const clockLeewayMs = 60_000;
const folder = 'provider-keys';

/**
 * Keeps them in `provider-keys/` of the data folder, each signed with a secret of the relay (HMAC with SHA-256): what
 * anybody else wrote there, or an older copy for other settings, counts for nothing.
 * @throws AccessError `bad-config` when the secret can’t be read
 */
export function keepProviderKeys(dataDir: string, log: Logger): KeptProviderKeys {
  const place = join(dataDir, folder);
  const secret = openPrivateSecret(place, 'secret');
  const macOf = (payload: string): Buffer => createHmac('sha256', secret).update(payload).digest();
  const pathOf = (issuer: string): string =>
    join(place, `${createHash('sha256').update(issuer).digest('hex').slice(0, 32)}.json`);

  return {
    save(issuer, { fetchedAtMs, metadata, jwks }) {
      const payload = JSON.stringify({ issuer: issuer.issuer, from: from(issuer), fetchedAtMs, metadata, jwks });
      try {
        writePrivateFile(pathOf(issuer.issuer), JSON.stringify({ payload, mac: macOf(payload).toString('base64url') }));
      } catch (error) {
        log.warn({ issuer: issuer.issuer, err: error }, 'the issuer’s keys can’t be kept on disk');
      }
    },
    read(issuer, { nowMs, longestMs }) {
      const refuse = (reason: string): null => {
        log.warn({ issuer: issuer.issuer, reason }, 'the issuer’s kept keys aren’t used');
        return null;
      };
      const text = textOf(pathOf(issuer.issuer));
      if (text === null) return null;
      const payload = signedPayload(text, macOf);
      if (payload === null) return refuse('the file isn’t as this relay wrote it');
      const parsed = documentSchema.safeParse(JSON.parse(payload));
      if (!parsed.success) return refuse('the file was written by another version of the relay');
      const { issuer: named, from: source, fetchedAtMs, metadata, jwks } = parsed.data;
      if (named !== issuer.issuer || JSON.stringify(source) !== JSON.stringify(from(issuer)))
        return refuse('they were fetched from elsewhere than the config says now');
      const at = new Date(fetchedAtMs).toISOString();
      if (fetchedAtMs > nowMs + clockLeewayMs) return refuse(`they were fetched at ${at}, which is still to come`);
      if (nowMs >= fetchedAtMs + longestMs)
        return refuse(`they were fetched at ${at}, longer ago than max_stale_keys_seconds allows`);
      return { fetchedAtMs: Math.min(fetchedAtMs, nowMs), metadata, jwks };
    },
  };
}

function isMetadata(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jwks_uri' in value && typeof value.jwks_uri === 'string';
}

function from({ metadata_url: metadataUrl = '', jwks_uri: jwksUri = '' }: KeptIssuer): [string, string] {
  return [metadataUrl, jwksUri];
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return '';
  }
}

/** What was signed; null when it wasn’t, or not with this secret. */
function signedPayload(text: string, macOf: (payload: string) => Buffer): string | null {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return null;
  }
  const { payload, mac } = (typeof file === 'object' && file !== null ? file : {}) as Record<string, unknown>;
  if (typeof payload !== 'string' || typeof mac !== 'string') return null;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(payload);
  return given.length === expected.length && timingSafeEqual(given, expected) ? payload : null;
}
