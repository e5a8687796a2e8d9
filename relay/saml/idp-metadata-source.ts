import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { fetch as undiciFetch } from 'undici';
import { readAtMost } from '../bytes/read-at-most.ts';
import { AccessError } from '../../shared/errors.ts';
import type { SamlConfig } from '../config/saml-schema.ts';
import { failureReason } from '../identity/failure-reason.ts';
import type { Fetch } from '../identity/fetch-json.ts';
import { openOutbound, type Outbound } from '../identity/open-outbound.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { type IdpMetadata, isSecureUrl, readIdpMetadata } from './idp-metadata.ts';
import { openMessageReader } from './message-reader.ts';
import { samlMisfit } from './saml-refusal.ts';

/** The provider’s metadata, kept fresh when it comes from an address. */
export interface IdpMetadataSource {
  /** @throws AccessError `idp-unreachable` or `idp-misconfigured` while there is none */
  current(): IdpMetadata;
  /** Resolves when the first attempt is over, whatever came of it. */
  readonly tried: Promise<void>;
  close(): void;
}

const refreshMs = 6 * 3_600_000;
const retryMs = 30_000;
const fetchTimeoutMs = 10_000;
const readTimeoutMs = 20_000;
const maxBytes = 4 * 1024 * 1024;

/**
 * Reads the metadata from the text of a file, or begins to fetch it. The last good one is kept in the data folder, so
 * that a restart while the provider is down finds it.
 * @throws AccessError when the text of a file can’t be used
 */
export function openIdpMetadata(options: {
  readonly idp: SamlConfig['idp'];
  /** Content of the file that the config names; undefined for an address. */
  readonly text: string | undefined;
  readonly dataDir: string;
  readonly log: Logger;
  readonly now: () => number;
  readonly fetch?: Fetch;
}): IdpMetadataSource {
  const { idp, log, now, fetch = undiciFetch } = options;
  const read = (xml: string): IdpMetadata => readIdpMetadata(xml, idp.entity_id, now());
  if (options.text !== undefined) {
    const found = read(options.text);
    return { current: () => found, tried: Promise.resolve(), close: () => undefined };
  }
  const url = URL.parse(idp.metadata);
  if (url === null || !isSecureUrl(url)) throw samlMisfit('The address of the SAML metadata must begin with https://.');
  const path = join(options.dataDir, 'saml-idp-metadata.json');
  let found = lastGood(path, idp.metadata, read, log);
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;
  const closed = new AbortController();
  const outbound = openOutbound({ timeoutMs: fetchTimeoutMs });

  const refresh = async (): Promise<void> => {
    let delayMs = refreshMs;
    try {
      const xml = await fetchText(url, fetch, outbound, closed.signal);
      found = await readApart(xml, idp.entity_id, now());
      // An address that is no longer asked for must not leave its metadata behind.
      if (closed.signal.aborted) return;
      failure = undefined;
      writePrivateFile(path, JSON.stringify({ url: idp.metadata, xml }));
      log.info({ idp: found.entityId, certificates: found.certificates.length }, 'SAML metadata loaded');
    } catch (error) {
      if (closed.signal.aborted) return;
      failure = error;
      delayMs = retryMs;
      log.warn({ url: idp.metadata, reason: failureReason(error) }, 'the SAML metadata can’t be fetched');
    }
    timer = setTimeout(() => void refresh(), delayMs);
    timer.unref();
  };
  return {
    current() {
      if (found !== undefined) return found;
      const reason = failure === undefined ? 'it hasn’t answered yet' : failureReason(failure);
      throw new AccessError('idp-unreachable', `The sign-in service’s SAML metadata isn’t at hand: ${reason}.`);
    },
    tried: refresh(),
    close() {
      closed.abort();
      outbound.close();
      clearTimeout(timer);
    },
  };
}

/** In a thread of its own: what an address answers may be large, and whoever is there chose it. */
async function readApart(xml: string, entityId: string | undefined, nowMs: number): Promise<IdpMetadata> {
  const reader = openMessageReader({ timeoutMs: readTimeoutMs });
  try {
    return await reader.metadata({ xml, entityId, nowMs });
  } finally {
    reader.close();
  }
}

async function fetchText(url: URL, fetch: Fetch, outbound: Outbound, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, {
    dispatcher: outbound.dispatcherFor(url.href),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url.href} answered with status ${response.status}`);
  }
  const body = response.body === null ? Buffer.alloc(0) : await readAtMost(response.body, maxBytes);
  if (body === null) throw new Error(`${url.href} answered with more than ${maxBytes} bytes`);
  return body.toString('utf8');
}

function lastGood(path: string, url: string, read: (xml: string) => IdpMetadata, log: Logger): IdpMetadata | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { url?: unknown; xml?: unknown };
    return kept.url === url && typeof kept.xml === 'string' ? read(kept.xml) : undefined;
  } catch (error) {
    log.warn({ reason: failureReason(error) }, 'the kept SAML metadata can’t be used');
    return undefined;
  }
}
