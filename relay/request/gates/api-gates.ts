import type { ApiConfig } from '../../config/config-schema.ts';
import { pathFormsOf } from '../../config/path-forms-of.ts';
import { canonicalPath } from '../../../shared/canonical-path.ts';
import { said } from '../../../shared/plain-reason.ts';
import { reason, type Reason } from '../../../shared/reason.ts';
import type { Incoming } from '../exchange/exchange.ts';
import type { Candidate, Gate } from './candidate.ts';
import { judgeOrigin } from './judge-origin.ts';

/** A body before a switch to another protocol is kept as a whole. */
export const maxUpgradeBodyBytes = 1_048_576;

/**
 * Finds the API. A hidden one answers here as one that doesn't exist, before anything that differs from API to API.
 */
export const findApi: Gate = (candidate, { upstreams, contextOf }) => {
  const { exchange, identity, inForce } = candidate;
  const api = inForce.apis.get(exchange.api);
  const upstream = upstreams.get(exchange.api);
  if (
    api === undefined ||
    upstream === undefined ||
    !inForce.policy.isVisible(identity, exchange.api, contextOf(exchange))
  ) {
    return { code: 'unknown-api', status: 404, ...said(reason('no-api', { api: exchange.api })) };
  }
  candidate.api = api;
  candidate.upstream = upstream;
  return null;
};

/** Refuses to switch to what the API doesn’t take any more: the config may have changed since the head came. */
export const takesUpgrade: Gate = ({ api, upgrade }) =>
  upgrade === null || api.upgrades.includes(upgrade)
    ? null
    : {
        code: 'bad-request',
        status: 400,
        ...said(reason('no-upgrade', { protocol: upgrade })),
        close: true,
      };

/** Refuses a head that is larger than the API allows. */
export const headFits: Gate = ({ exchange, api }) => {
  const excess = headerExcess(exchange.request, api);
  return excess === null ? null : { code: 'headers-too-large', status: 431, ...said(excess), close: true };
};

/** Refuses what a web page of another site makes in the person's browser. */
export const isFromAllowedPage: Gate = ({ exchange, headers, api }) => {
  const verdict = judgeOrigin({ host: headers.host, method: exchange.method }, headers.page, {
    allowedOrigins: api.allowed_origins,
    navigation: api.allow_navigation,
  });
  return verdict.allowed ? null : { code: 'origin-not-allowed', status: 403, ...said(verdict.why) };
};

/** Refuses a body of which the head says that it is larger than the API allows. */
export const bodyFits: Gate = (candidate) => {
  const maxBytes = bodyBound(candidate);
  if (maxBytes === undefined || (candidate.headers.contentLength ?? 0) <= maxBytes) return null;
  return { code: 'body-too-large', status: 413, ...said(reason('body-too-large', { bytes: maxBytes })), close: true };
};

/** Reads the path, and refuses one that servers could read in more than one way. */
export const readPath: Gate = (candidate) => {
  const { exchange, upstream, api, asked } = candidate;
  const canonical = canonicalPath(asked, { allow: pathFormsOf(api) });
  if (canonical.status === 'refused') {
    const { fault, reason: kind } = canonical;
    return { code: 'path-not-canonical', status: 400, ...said(reason(fault)), close: kind !== 'ambiguous' };
  }
  exchange.path = canonical.path;
  candidate.target = upstream.basePath + canonical.path + canonical.query;
  return null;
};

/** How large a body may be; undefined without bound. */
function bodyBound({ upstream: { maxBodyBytes }, upgrade }: Candidate): number | undefined {
  return upgrade === null ? maxBodyBytes : Math.min(maxBodyBytes ?? Infinity, maxUpgradeBodyBytes);
}

/** What is too much for the API in the request's head; null when nothing is. */
function headerExcess({ rawHeaders, url = '' }: Incoming['request'], api: ApiConfig): Reason | null {
  const { max_headers: most, max_header_bytes: maxBytes } = api;
  if (most !== undefined && rawHeaders.length > most * 2) {
    return reason('too-many-headers-for-api', { count: rawHeaders.length / 2, most });
  }
  if (maxBytes === undefined) return null;
  const bytes = rawHeaders.reduce((sum, part) => sum + part.length + 2, url.length);
  return bytes > maxBytes ? reason('head-too-large', { bytes, most: maxBytes }) : null;
}
