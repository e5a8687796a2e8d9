import { reason, type Reason } from '../../../shared/reason.ts';
import type { PageClaims } from './request-headers.ts';

/** Whether a browser's page may make this request to a local address. */
export type OriginVerdict = { readonly allowed: true } | { readonly allowed: false; readonly why: Reason };

/** What of a request counts besides what its browser says. */
export interface JudgedRequest {
  /** Exact Host, already known to be the listener's own. */
  readonly host: string;
  readonly method: string;
}

/** What an API's config allows. */
export interface OriginRules {
  readonly allowedOrigins: readonly string[];
  /** Links on pages of other sites may open whole pages of the API. */
  readonly navigation: boolean;
}

/**
 * Refuses requests that a web page of another origin makes in the person's browser. A request without `Origin` and
 * `Sec-Fetch-Site` doesn't come from a page. `Sec-Fetch-Site: none` is the person's own navigation. `Origin: null` is
 * what `Referrer-Policy: no-referrer` makes of a page's own form; only with the browser's word that it is the same
 * origin does it count as one. Source: Fetch Metadata Request Headers (W3C), RFC 6454 §7, Fetch §3.2.
 */
export function judgeOrigin({ host, method }: JudgedRequest, page: PageClaims, rules: OriginRules): OriginVerdict {
  const { origin, fetchSite } = page;
  if (origin !== undefined) {
    if (origin === `http://${host}`) return { allowed: true };
    if (rules.allowedOrigins.includes(origin)) return { allowed: true };
    if (origin === 'null' && fetchSite === 'same-origin') return { allowed: true };
    return {
      allowed: false,
      why: reason('page-origin', { origin: origin.slice(0, 200) }),
    };
  }
  if (fetchSite === undefined || fetchSite === 'none' || fetchSite === 'same-origin') return { allowed: true };
  if (isNavigation(method, page)) {
    if (rules.navigation) return { allowed: true };
    return {
      allowed: false,
      why: reason('link-from-site', { site: fetchSite }),
    };
  }
  return {
    allowed: false,
    why: reason('page-of-site', { site: fetchSite.slice(0, 50) }),
  };
}

/** The browser opens a whole page because of a link, a redirect or a form's GET; frames have another destination. */
function isNavigation(method: string, { fetchSite, fetchMode, fetchDest }: PageClaims): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    (fetchSite === 'cross-site' || fetchSite === 'same-site') &&
    fetchMode === 'navigate' &&
    fetchDest === 'document'
  );
}
