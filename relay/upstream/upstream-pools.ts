import { Pool } from 'undici';
import type { ApiConfig } from '../config/config-schema.ts';
import { connectUpstream } from './connect-upstream.ts';
import { Http2Sessions } from './http2-sessions.ts';
import type { RedirectRule } from './local-rewrite.ts';
import { compileOutgoing, type OutgoingConfig, type OutgoingSettings } from './outgoing-headers.ts';

/** What forwarding needs of one API. */
export interface Upstream {
  readonly pool: Pool;
  /** Set when the upstream is spoken to in HTTP/2. */
  readonly http2: Http2Sessions | null;
  readonly origin: string;
  /** Put before each path; without a slash at the end. */
  readonly basePath: string;
  /** What its config says of the heads of requests. */
  readonly outgoing: OutgoingSettings;
  readonly rewrite: ApiConfig['rewrite'] & { readonly rules: readonly RedirectRule[] };
  readonly timeoutMs: number;
  readonly maxBodyBytes: number | undefined;
}

/** An API with what only the loaded config knows: secrets filled in, certificate authorities read. */
export interface UpstreamConfig
  extends OutgoingConfig, Pick<ApiConfig, 'id' | 'protocol' | 'redirect' | 'timeout_seconds' | 'max_body_bytes'> {
  readonly caPem: string | undefined;
  /** What the relay shows to an upstream that asks for a certificate. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
}

const connectTimeoutMs = 10_000;

/** Connection pools of all upstreams. `replace` keeps the pools whose settings stay, and drains the others. */
export class UpstreamPools {
  #upstreams = new Map<string, { readonly key: string; readonly upstream: Upstream }>();

  constructor(apis: readonly UpstreamConfig[]) {
    this.replace(apis);
  }

  get(api: string): Upstream | undefined {
    return this.#upstreams.get(api)?.upstream;
  }

  replace(apis: readonly UpstreamConfig[]): void {
    const next = new Map<string, { readonly key: string; readonly upstream: Upstream }>();
    for (const api of apis) {
      const key = JSON.stringify(api);
      const present = this.#upstreams.get(api.id);
      next.set(api.id, present?.key === key ? present : { key, upstream: createUpstream(api) });
    }
    const gone = [...this.#upstreams].filter(([id, { upstream }]) => next.get(id)?.upstream !== upstream);
    this.#upstreams = next;
    // Requests under way finish on the old pool; a failure to close it changes nothing for anybody.
    for (const [, { upstream }] of gone) {
      upstream.http2?.close();
      void upstream.pool.close().catch(() => upstream.pool.destroy());
    }
  }

  async close(): Promise<void> {
    const all = [...this.#upstreams.values()].map(({ upstream }) => upstream);
    for (const upstream of all) upstream.http2?.destroy();
    await Promise.all(all.map((upstream) => upstream.pool.destroy()));
  }
}

function createUpstream(api: UpstreamConfig): Upstream {
  const url = new URL(api.upstream);
  const timeoutMs = api.timeout_seconds * 1000;
  const tls = { ...(api.caPem === undefined ? {} : { ca: api.caPem }), ...api.certificate };
  return {
    pool: new Pool(url.origin, {
      // No bound of its own: a bound shared by all callers would let slow readers hold up everybody else. Streams are
      // bounded per tunnel.
      connections: null,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: 0,
      keepAliveTimeout: 10_000,
      connect: connectUpstream({
        timeout: connectTimeoutMs,
        ...tls,
      }),
    }),
    http2: api.protocol === 'http2' ? new Http2Sessions(url.origin, tls) : null,
    origin: url.origin,
    basePath: url.pathname.replace(/\/$/, ''),
    outgoing: compileOutgoing(api),
    rewrite: { ...api.rewrite, rules: api.redirect },
    timeoutMs,
    maxBodyBytes: api.max_body_bytes,
  };
}
