import type { Duplex } from 'node:stream';
import type { ApiConfig } from '../config/config-schema.ts';
import { parseUpstreamAddress } from '../config/upstream-address.ts';
import type { NameSource } from './address-watch.ts';
import { ApiConnections, type Connections } from './api-connections.ts';
import type { RedirectRule } from '../way-back/local-rewrite.ts';
import { compileOutgoing, type OutgoingConfig, type OutgoingSettings } from './outgoing-headers.ts';

/** What forwarding needs of one API. */
export interface Upstream extends Connections {
  readonly origin: string;
  /** The address in words for people. */
  readonly shown: string;
  /** Put before each path; without a slash at the end. */
  readonly basePath: string;
  /** What its config says of the heads of requests. */
  readonly outgoing: OutgoingSettings;
  readonly rewrite: ApiConfig['rewrite'] & { readonly rules: readonly RedirectRule[] };
  readonly timeoutMs: number;
  readonly maxBodyBytes: number | undefined;
  readonly maxAnswerHeaderBytes: number;
}

/** An API with what only the loaded config knows: secrets filled in, certificate authorities read. */
export interface UpstreamConfig
  extends
    OutgoingConfig,
    Pick<
      ApiConfig,
      | 'id'
      | 'upstream'
      | 'protocol'
      | 'redirect'
      | 'timeout_seconds'
      | 'max_body_bytes'
      | 'server_name'
      | 'connection_auth'
      | 'resolve_seconds'
      | 'max_answer_header_bytes'
    > {
  readonly caPem: string | undefined;
  /** What the relay shows to an upstream that asks for a certificate. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
}

interface Entry {
  readonly key: string;
  readonly upstream: Upstream;
  readonly connections: ApiConnections;
}

/** Connections to all upstreams. `replace` keeps those whose settings stay, and drains the others. */
export class UpstreamPools {
  readonly #names: NameSource;
  readonly #onUnwatched: (error: Error) => void;
  #entries = new Map<string, Entry>();

  /**
   * @param names how names are looked up; as the system does it when left out
   * @param onUnwatched told once when malformed answers in HTTP/2 can’t be noticed
   */
  constructor(apis: readonly UpstreamConfig[], names: NameSource = {}, onUnwatched?: (error: Error) => void) {
    this.#names = names;
    let told = false;
    this.#onUnwatched = (error) => {
      if (!told) onUnwatched?.(error);
      told = true;
    };
    this.replace(apis);
  }

  get(api: string): Upstream | undefined {
    return this.#entries.get(api)?.upstream;
  }

  /**
   * The upstream for a request of a local connection, which may have a connection to it of its own.
   * @param headers names and values in turn
   * @returns null when the request would sign in to the upstream's connection and may not
   */
  for(upstream: Upstream, api: string, local: Duplex, headers: readonly string[]): Upstream | null {
    const connections = this.#entries.get(api)?.connections;
    const found = connections?.of(local, headers) ?? null;
    if (connections === undefined || found === null) return null;
    if (found === connections.shared) return upstream;
    return { ...upstream, pool: found.pool, http2: found.http2, open: found.open };
  }

  /** Connections that are open now, by API; only of those that have some. */
  openConnections(): ReadonlyMap<string, number> {
    const open = [...this.#entries].map(([id, { connections }]) => [id, connections.openConnections] as const);
    return new Map(open.filter(([, count]) => count > 0));
  }

  replace(apis: readonly UpstreamConfig[]): void {
    const next = new Map<string, Entry>();
    for (const api of apis) {
      const key = JSON.stringify(api);
      const present = this.#entries.get(api.id);
      next.set(api.id, present?.key === key ? present : createEntry(api, key, this.#names, this.#onUnwatched));
    }
    const gone = [...this.#entries].filter(([id, entry]) => next.get(id) !== entry);
    this.#entries = next;
    // Requests under way finish on the old connections.
    for (const [, { connections }] of gone) connections.close();
    for (const { connections } of next.values()) connections.refresh();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ connections }) => connections.destroy()));
  }
}

function createEntry(api: UpstreamConfig, key: string, names: NameSource, onUnwatched: (error: Error) => void): Entry {
  const address = parseUpstreamAddress(api.upstream);
  if (address === undefined) throw new Error(`${api.upstream} is no address of an upstream.`);
  const timeoutMs = api.timeout_seconds * 1000;
  const connections = new ApiConnections({
    settings: {
      address,
      protocol: api.protocol,
      tls: {
        ...(api.caPem === undefined ? {} : { ca: api.caPem }),
        ...api.certificate,
        ...(api.server_name === undefined ? {} : { servername: api.server_name }),
      },
      timeoutMs,
      maxAnswerHeaderBytes: api.max_answer_header_bytes,
      onUnwatched,
    },
    connectionAuth: api.connection_auth,
    resolveMs: api.resolve_seconds * 1000,
    names,
  });
  const { shared } = connections;
  const upstream: Upstream = {
    pool: shared.pool,
    get http2() {
      return shared.http2;
    },
    open: shared.open,
    origin: address.origin,
    shown: address.shown,
    basePath: address.basePath,
    outgoing: compileOutgoing(api, address),
    rewrite: { ...api.rewrite, rules: api.redirect },
    timeoutMs,
    maxBodyBytes: api.max_body_bytes,
    maxAnswerHeaderBytes: api.max_answer_header_bytes,
  };
  return { key, upstream, connections };
}
