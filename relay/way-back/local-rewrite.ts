/** Another address that the upstream calls its own, and the local path for it. */
export interface RedirectRule {
  /** Origin, and path if any. */
  readonly from: string;
  readonly to: string;
}

/** What of an upstream's answer is rewritten for the local address. */
export interface LocalRewrite {
  /** Exact local Host of the request, for example `127.0.0.1:7101`. */
  readonly host: string;
  /** Origin of the upstream and the path before every request's path. */
  readonly origin: string;
  readonly basePath: string;
  /** `Location` and `Content-Location`. */
  readonly redirects: boolean;
  /** Tried first, in their order. */
  readonly rules?: readonly RedirectRule[];
  /** Drops `Domain` from cookies, and `Secure` because the local address is plain HTTP. */
  readonly cookies: boolean;
  /** `Access-Control-Allow-Origin` that names the upstream's own origin. */
  readonly cors: boolean;
}

const localNames = new Set(['location', 'content-location', 'set-cookie', 'access-control-allow-origin']);

/** Whether a header of this name, in lower case, is ever rewritten. */
export function isLocal(lowerName: string): boolean {
  return localNames.has(lowerName);
}

/** A header's value as the local caller needs it. Values that don't point at the upstream stay as they are. */
export function rewriteForLocal(lowerName: string, value: string, rewrite: LocalRewrite): string {
  switch (lowerName) {
    case 'location':
    case 'content-location':
      return rewrite.redirects ? localAddress(value, rewrite) : value;
    case 'set-cookie':
      return rewrite.cookies ? localCookie(value) : value;
    case 'access-control-allow-origin':
      return rewrite.cors && sameHost(value, rewrite.origin) ? `http://${rewrite.host}` : value;
    default:
      return value;
  }
}

/** How `URL` and browsers read a reference that names a host: `\` is a slash for them, and tabs are nothing. */
const namesHost = /^\/\t*[/\\]/;

/** Absolute addresses of the upstream and paths below its base path (RFC 9110 §10.2.2), else unchanged. */
function localAddress(value: string, { host, origin, basePath, rules = [] }: LocalRewrite): string {
  if (value.startsWith('/') && !value.startsWith('//')) {
    const rest = below(value, basePath) ?? value;
    // Read for itself, what is left would name another host.
    return rest !== value && namesHost.test(rest) ? `http://${host}${rest}` : rest;
  }
  const written = /^(?:https?:)?\/\/[^/\\?#]*([^?#]*)(.*)$/is.exec(value);
  if (written === null || !URL.canParse(value, origin)) return value;
  const url = new URL(value, origin);
  const [, path = '', more = ''] = written;
  for (const { from, to } of rules) {
    const named = new URL(from);
    const rest = url.origin === named.origin ? pathBelow(path, url, named.pathname.replace(/\/$/, '')) : null;
    if (rest !== null) return `http://${host}${to.replace(/\/$/, '')}${rest}${more}`;
  }
  if (!sameHost(url.origin, origin)) return value;
  const rest = pathBelow(path, url, basePath);
  return rest === null ? value : `http://${host}${rest}${more}`;
}

/**
 * The path below another as it is written: bytes outside ASCII, which `URL` would take for Latin-1, stay what they are.
 * Where dots or `\` leave open what is below what, it is read as browsers read it.
 */
function pathBelow(written: string, { pathname }: URL, basePath: string): string | null {
  const isPlain = basePath === '' ? written.startsWith('/') : !/\\|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(written);
  return below(isPlain ? written : pathname, basePath);
}

function below(path: string, basePath: string): string | null {
  if (basePath === '') return path;
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null;
}

/** The scheme may differ: an upstream behind its own TLS terminator names itself with https. */
function sameHost(value: string, origin: string): boolean {
  if (!URL.canParse(value)) return false;
  const [one, other] = [new URL(value), new URL(origin)];
  return one.hostname === other.hostname && (one.port === other.port || one.protocol !== other.protocol);
}

function localCookie(value: string): string {
  const [pair = '', ...attributes] = value.split(';');
  return [pair, ...attributes.filter((attribute) => !/^\s*(?:domain\s*=|secure\s*$)/i.test(attribute))].join(';');
}
