/** Whether a browser's page may make this request to a local address. */
export type OriginVerdict = { readonly allowed: true } | { readonly allowed: false; readonly detail: string };

/**
 * Refuses requests that a web page of another origin makes in the person's browser. A request without `Origin` and
 * `Sec-Fetch-Site` doesn't come from a page. `Sec-Fetch-Site: none` is the person's own navigation.
 * Source: Fetch Metadata Request Headers (W3C), RFC 6454 §7.
 * @param host the request's exact Host, already known to be the listener's own
 */
export function judgeOrigin(
  host: string,
  origin: string | undefined,
  fetchSite: string | undefined,
  allowedOrigins: readonly string[],
): OriginVerdict {
  if (origin !== undefined) {
    if (origin === `http://${host}`) return { allowed: true };
    if (allowedOrigins.includes(origin)) return { allowed: true };
    return {
      allowed: false,
      detail: `The page's origin ${JSON.stringify(origin.slice(0, 200))} isn't allowed to use this API.`,
    };
  }
  if (fetchSite === undefined || fetchSite === 'none' || fetchSite === 'same-origin') return { allowed: true };
  return {
    allowed: false,
    detail: `The browser says that a page of another site made the request (${fetchSite.slice(0, 50)}).`,
  };
}
