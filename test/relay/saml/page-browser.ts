interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly sameSite: string;
}

/** A page that a browser would show. */
export interface ShownPage {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** A request as a browser would send it. */
export interface Visit {
  readonly url: string;
  readonly form?: URLSearchParams;
}

/**
 * A browser that follows redirects and sends forms, with cookies by path and SameSite: a form that another origin sends
 * carries no Lax cookies. Scripts are not run; a page whose only form has no field to fill in is sent on at once.
 */
export class PageBrowser {
  readonly #cookies = new Map<string, Map<string, Cookie>>();
  /** All that was asked for, newest last. */
  readonly visits: Visit[] = [];

  /** Goes on until a page stays, or `stop` says of a visit that it is not to be made; that one is returned. */
  async visit(
    start: Visit,
    stop: (visit: Visit) => boolean = () => false,
  ): Promise<ShownPage & { readonly next?: Visit }> {
    let visit = start;
    let from = '';
    for (let step = 0; step < 20; step += 1) {
      if (stop(visit)) return { url: from, status: 0, text: '', next: visit };
      this.visits.push(visit);
      const isForeign = from !== '' && new URL(from).origin !== new URL(visit.url).origin;
      const response = await fetch(visit.url, {
        method: visit.form === undefined ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie: this.#cookieHeader(new URL(visit.url), isForeign && visit.form !== undefined) },
        ...(visit.form === undefined ? {} : { body: visit.form }),
      });
      this.#take(new URL(visit.url), response);
      const text = await response.text();
      from = visit.url;
      const location = response.headers.get('location');
      const form = location === null ? onlyForm(text, visit.url) : null;
      if (location !== null) visit = { url: new URL(location, visit.url).href };
      else if (form !== null) visit = form;
      else return { url: visit.url, status: response.status, text };
    }
    throw new Error('The pages never ended');
  }

  #cookieHeader(url: URL, isForeignPost: boolean): string {
    const found: string[] = [];
    for (const [name, cookie] of this.#cookies.get(url.origin) ?? []) {
      const fits = url.pathname === cookie.path || url.pathname.startsWith(cookie.path.replace(/\/?$/, '/'));
      if (fits && !(isForeignPost && cookie.sameSite !== 'none')) found.push(`${name.split(';')[0]}=${cookie.value}`);
    }
    return found.join('; ');
  }

  #take(url: URL, response: Response): void {
    const jar = this.#cookies.get(url.origin) ?? new Map<string, Cookie>();
    this.#cookies.set(url.origin, jar);
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const attribute = (name: string): string | undefined =>
        attributes.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const separator = pair.indexOf('=');
      const path = attribute('path') ?? '/';
      const key = `${pair.slice(0, separator)};${path}`;
      const value = pair.slice(separator + 1);
      if (value === '' || Date.parse(attribute('expires') ?? '') <= Date.now()) jar.delete(key);
      else jar.set(key, { value, path, sameSite: (attribute('samesite') ?? 'lax').toLowerCase() });
    }
  }
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The form of a page that needs nobody to fill it in. */
function onlyForm(html: string, base: string): Visit | null {
  const forms = [...html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const [, attributes = '', content = ''] = forms[0] ?? [];
  if (forms.length !== 1) return null;
  const action = /action="([^"]*)"/.exec(attributes)?.[1];
  if (action === undefined) return null;
  const form = new URLSearchParams();
  for (const [, input = ''] of content.matchAll(/<input([^>]*)>/g)) {
    if (!input.includes('type="hidden"')) return null;
    form.append(/name="([^"]*)"/.exec(input)?.[1] ?? '', unescapeHtml(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
  }
  return { url: new URL(unescapeHtml(action), base).href, form };
}
