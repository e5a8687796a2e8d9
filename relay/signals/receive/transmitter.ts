import type { Logger } from 'pino';
import type { StatePlace } from '../../administration/state-place.ts';
import { type IssuerConfig } from '../../config/config-schema.ts';
import { issuerSchema } from '../../config/issuer-schema.ts';
import type { TransmitterConfig } from '../../config/signals-schema.ts';
import { answerTimeoutMs, createJsonFetcher, type Fetch, type JsonFetcher } from '../../identity/fetch-json.ts';
import { createIssuerKeys, type IssuerKeys } from '../../identity/issuer-keys.ts';
import { openOutbound, type Outbound } from '../../identity/open-outbound.ts';

/** A transmitter of the config, with what the rest of the config says of it. */
export interface TransmitterSettings {
  readonly config: TransmitterConfig;
  readonly audience: string;
  /** `iss` of the people that it tells of, first the one that their identities have. */
  readonly issuers: readonly [string, ...string[]];
  readonly caPem: string | undefined;
}

/** A transmitter at work: its keys, and the way to it. */
export interface Transmitter {
  readonly settings: TransmitterSettings;
  readonly place: StatePlace;
  /** As its keys are fetched. */
  readonly issuer: IssuerConfig;
  readonly keys: IssuerKeys;
  readonly fetcher: JsonFetcher;
  close(): void;
}

/** Starts fetching the transmitter’s keys (SSF 1.0 §7.1: `jwks_uri` of its configuration metadata). */
export function openTransmitter(
  settings: TransmitterSettings,
  options: { readonly place: StatePlace; readonly log: Logger; readonly now: () => number; readonly fetch?: Fetch },
): Transmitter {
  const { config, audience, caPem } = settings;
  const { place, log, now, fetch } = options;
  const issuer = issuerSchema.parse({
    name: config.name,
    issuer: config.transmitter,
    client_id: config.name,
    audience,
    algorithms: config.algorithms,
    proxy: config.proxy,
    ...(config.jwks_uri === undefined
      ? { metadata_url: metadataUrl(config.transmitter) }
      : { jwks_uri: config.jwks_uri }),
  });
  const outbound = (timeoutMs: number): Outbound =>
    openOutbound({ proxy: config.proxy, caPem, timeoutMs, connections: 2 });
  const keys = createIssuerKeys({ issuer, outbound: outbound(answerTimeoutMs), log, now, fetch });
  const timeoutMs = (config.poll?.timeout_seconds ?? 90) * 1000;
  const fetcher = createJsonFetcher({
    outbound: outbound(answerTimeoutMs),
    fetch,
    now,
    timeoutMs,
    maxBytes: maxAnswerBytes,
  });
  return {
    settings,
    place,
    issuer,
    keys,
    fetcher,
    close() {
      keys.close();
      fetcher.close();
    },
  };
}

const maxAnswerBytes = 8_388_608;

/** Between host and path (SSF 1.0 §7.2, as RFC 8414 §3.1 does). */
export function metadataUrl(transmitter: string): string {
  const { origin, pathname } = new URL(transmitter);
  return `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, '')}`;
}
