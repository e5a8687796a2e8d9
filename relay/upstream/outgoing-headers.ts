import type { ApiConfig } from '../config/config-schema.ts';
import type { UpstreamAddress } from '../config/upstream-address.ts';
import { type CallerHeaders, compileCallerHeaders } from './caller-headers.ts';
import { judgeName } from '../config/values/header-names.ts';

/** What one API's config says of the head of its requests. */
export interface OutgoingSettings {
  readonly caller: CallerHeaders;
  /** Static headers, names and values in turn. */
  readonly static: readonly string[];
  /** Host header to send; null for that of the upstream's address. */
  readonly host: string | null;
  /** Scheme and authority by which the upstream knows itself. */
  readonly address: string;
  readonly basePath: string;
  /** Whether headers that name the local address name the upstream's instead. */
  readonly rewrite: boolean;
  readonly forwardedProto: 'http' | 'https' | null;
  readonly forwardedHost: boolean;
  readonly forwardedFor: boolean;
}

export type OutgoingConfig = Pick<ApiConfig, 'host' | 'drop_headers' | 'keep_headers' | 'rewrite' | 'x_forwarded'> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** What of a request is known when it is sent on. */
export interface OutgoingRequest {
  /** The caller's, names and values in turn. */
  readonly forwarded: readonly string[];
  /** Exact local Host. */
  readonly host: string;
  /** Rewritten Destination of a COPY or MOVE. */
  readonly destination: string | undefined;
  readonly remoteAddress: string;
  /** The relay's own headers, names and values in turn. */
  readonly own: readonly string[];
}

export function compileOutgoing(api: OutgoingConfig, { origin, basePath }: UpstreamAddress): OutgoingSettings {
  const url = new URL(origin);
  const { proto, host, for: address } = api.x_forwarded === 'off' ? allOff : api.x_forwarded;
  const scheme = proto === 'https' ? 'https:' : url.protocol;
  return {
    caller: compileCallerHeaders(api),
    static: Object.entries(api.headers).flat(),
    host: api.host ?? null,
    address: `${scheme}//${api.host ?? url.host}`,
    basePath,
    rewrite: api.rewrite.request,
    forwardedProto: proto === 'off' ? null : proto,
    forwardedHost: host === 'local',
    forwardedFor: address === 'tunnel',
  };
}

/**
 * The head of a request as the upstream gets it. A page's own Origin becomes the upstream's; X-Forwarded-Host and
 * -Proto then say the same, because servers compare it with either.
 */
export function outgoingHeaders(settings: OutgoingSettings, request: OutgoingRequest): string[] {
  const local = `http://${request.host}`;
  const headers: string[] = [];
  let names = local;
  for (let index = 0; index < request.forwarded.length; index += 2) {
    const name = request.forwarded[index] ?? '';
    const value = request.forwarded[index + 1] ?? '';
    const { lower } = judgeName(name);
    if (lower === 'destination' && request.destination !== undefined) {
      headers.push(name, request.destination);
      continue;
    }
    if (!settings.caller.passes(name)) continue;
    const sent = settings.rewrite ? forUpstream(lower, value, local, settings) : value;
    if (lower === 'origin' && sent !== value) names = settings.address;
    headers.push(name, sent);
  }
  headers.push(...request.own);
  if (settings.forwardedHost) headers.push('X-Forwarded-Host', names.slice(names.indexOf('//') + 2));
  if (settings.forwardedProto !== null) {
    headers.push('X-Forwarded-Proto', names === local ? settings.forwardedProto : (names.split(':')[0] ?? ''));
  }
  if (settings.forwardedFor) headers.push('X-Forwarded-For', request.remoteAddress);
  headers.push(...settings.static);
  return headers;
}

/** A value that names the local address (RFC 6454 §7, RFC 9110 §10.1.3, RFC 4918 §10.4), as direct callers send it. */
function forUpstream(lowerName: string, value: string, local: string, settings: OutgoingSettings): string {
  const { address, basePath } = settings;
  switch (lowerName) {
    case 'origin':
      return value === local ? address : value;
    case 'referer':
      return isAt(value, local) ? address + basePath + value.slice(local.length) : value;
    case 'if':
      // Tagged lists alone; what stands in parentheses is the server's own tokens.
      return value.replaceAll(/\([^)]*\)|<([^>]*)>/g, (part, tagged?: string) =>
        tagged !== undefined && isAt(tagged, local) ? `<${address}${basePath}${tagged.slice(local.length)}>` : part,
      );
    default:
      return value;
  }
}

/** The character behind the authority ends it: `http://127.0.0.1:71011` is another address. */
function isAt(value: string, local: string): boolean {
  return value.startsWith(local) && (value.length === local.length || '/?#'.includes(value.charAt(local.length)));
}

const allOff = { proto: 'off', host: 'off', for: 'off' } as const;
