import { canonicalPath } from '../../../shared/canonical-path.ts';
import { reason, type Reason } from '../../../shared/reason.ts';
import { knownMethods } from '../../config/values/known-methods.ts';

export type Overrides =
  | { readonly status: 'ok'; readonly methods: readonly string[] }
  | { readonly status: 'refused'; readonly why: readonly Reason[] };

/**
 * The methods that headers like X-HTTP-Method-Override ask for. One that isn't the request's own is refused, because
 * dropping it would be another action than the caller's; an API that keeps the header has both methods decided on.
 */
export function readOverrides(
  method: string,
  overrides: readonly (readonly [name: string, method: string])[],
  keeps: (name: string) => boolean,
): Overrides {
  const methods: string[] = [];
  for (const [name, value] of overrides) {
    const wanted = value.trim().toUpperCase();
    if (wanted === method) continue;
    if (!keeps(name)) {
      return refused(reason('other-method', { header: name, method: wanted.slice(0, 50) }));
    }
    if (!knownMethods.has(wanted)) return refused(reason('no-method', { header: name }));
    methods.push(wanted);
  }
  return { status: 'ok', methods };
}

/** Where an upstream is, as requests name it. */
export interface UpstreamAddress {
  /** Scheme and authority as the upstream knows itself: `https://files.example`. */
  readonly address: string;
  /** Scheme and authority that the relay connects to. */
  readonly origin: string;
  readonly basePath: string;
}

export type Destination =
  | { readonly status: 'ok'; readonly path: string; readonly value: string }
  | { readonly status: 'refused'; readonly why: readonly Reason[] };

const copying = new Set(['COPY', 'MOVE']);

export function hasDestination(method: string): boolean {
  return copying.has(method);
}

/**
 * The Destination of a COPY or MOVE (RFC 4918 §10.3): its canonical path, for policy, and the value for the upstream.
 * Refused when it isn't an address of this same API, or when servers could read its path in more than one way.
 * @param host the request's own Host
 * @param rewrite whether the local address becomes the upstream's
 */
export function readDestination(
  value: string,
  host: string,
  { address, origin, basePath }: UpstreamAddress,
  rewrite: boolean,
  options: Parameters<typeof canonicalPath>[1],
): Destination {
  const match = /^(https?:\/\/([^/?#]*))?(\/.*)?$/i.exec(value);
  if (match === null || value === '') return refused(reason('destination-no-address'));
  const [, start = '', authority = '', written = '/'] = match;
  const isLocal = start === '' || authority.toLowerCase() === host;
  if (!isLocal && ![address, origin].some((one) => new URL(one).host === authority.toLowerCase()))
    return refused(reason('destination-elsewhere'));
  const rest = isLocal ? written : below(written, basePath);
  if (rest === null) return refused(reason('destination-beside'));
  const canonical = canonicalPath(rest, options);
  if (canonical.status === 'refused') return refused(reason('destination-ambiguous'), reason(canonical.fault));
  const target = canonical.path + canonical.query;
  const upstreamTarget = basePath + target;
  if (start === '') return { status: 'ok', path: canonical.path, value: rewrite ? upstreamTarget : target };
  if (rewrite) return { status: 'ok', path: canonical.path, value: address + upstreamTarget };
  return { status: 'ok', path: canonical.path, value: start + (isLocal ? target : upstreamTarget) };
}

function below(path: string, basePath: string): string | null {
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null;
}

function refused(...why: readonly Reason[]): { readonly status: 'refused'; readonly why: readonly Reason[] } {
  return { status: 'refused', why };
}
