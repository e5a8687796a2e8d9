import type { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { consolePath } from '../../config/console-origin.ts';
import type { AdminContext, AdminEnv } from '../admin-env.ts';
import type { ConsoleFile } from './console-files.ts';
import { notBuiltPage, otherAddressPage } from './console-pages.ts';
import { answerPage } from './page-answer.ts';

/** What builds the console from the sources. */
export const buildCommand = 'npm run build:console';

/** Only files of this relay run and show; nothing of it is shown inside other pages, nor sent elsewhere. */
export function consoleHeaders() {
  return secureHeaders({
    xFrameOptions: 'DENY',
    referrerPolicy: 'same-origin',
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
    },
  });
}

/**
 * Serves the built console under `/console/`. Addresses without a file are the app’s own, so that they can be reloaded and
 * sent to colleagues.
 * @param files by path below `/console/`; null while they aren’t built, and asked for again then
 */
export function serveConsole(
  app: Hono<AdminEnv>,
  options: { readonly files: () => ReadonlyMap<string, ConsoleFile> | null; readonly origin: () => string },
): void {
  const { files, origin } = options;
  app.get('/', (context) => context.redirect(consolePath, 302));
  app.get('/console', (context) => context.redirect(consolePath, 302));
  app.get('/console/*', (context) => {
    const own = new URL(consolePath, origin());
    if (context.req.header('host') !== own.host) return answerPage(context, () => otherAddressPage(own.href), 421);
    const found = files();
    if (found === null)
      return answerPage(context, () => notBuiltPage(buildCommand), 503, { 'Cache-Control': 'no-store' });
    const name = context.req.path.slice(consolePath.length);
    const file = found.get(name);
    if (file !== undefined) return answerFile(context, file);
    const index = found.get('index.html');
    // A missing script must not be answered by a page.
    if (index === undefined || /^assets\/|\.[a-z0-9]{1,5}$/i.test(name))
      return context.text('There is no such file.', 404);
    return answerFile(context, index);
  });
}

function answerFile(context: AdminContext, { body, compressed, type, etag, isHashed }: ConsoleFile): Response {
  const headers = {
    ETag: etag,
    'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
  };
  if (context.req.header('if-none-match')?.includes(etag) === true) return context.body(null, 304, headers);
  const isBrotli = compressed !== null && /\bbr\b/.test(context.req.header('accept-encoding') ?? '');
  return context.body(isBrotli ? compressed : body, 200, {
    ...headers,
    'Content-Type': type,
    ...(isBrotli ? { 'Content-Encoding': 'br' } : {}),
  });
}
