import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { isAppAddress } from './app-address.ts';

/**
 * What the window's pages may load: own scripts, styles, images and fonts, nothing inline and nothing from any network.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "object-src 'none'",
  "frame-src 'none'",
  "worker-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

export type AppFile =
  | { readonly status: 'file'; readonly path: string; readonly contentType: string }
  | { readonly status: 'refused'; readonly httpStatus: 400 | 404 | 405; readonly reason: string };

/** Decides which file below `root` an address names. Plain names only: no escapes, no dot segments, known types. */
export function resolveAppFile(method: string, address: string, root: string): AppFile {
  if (method !== 'GET') return { status: 'refused', httpStatus: 405, reason: 'Only GET is answered.' };
  if (!isAppAddress(address)) return { status: 'refused', httpStatus: 400, reason: 'Not the app’s own address.' };
  const { pathname } = new URL(address);
  const plain = pathname === '/' ? '/index.html' : pathname;
  if (!/^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(plain)) {
    return { status: 'refused', httpStatus: 400, reason: 'Not a plain path.' };
  }
  const contentType = contentTypes[extname(plain)];
  const base = resolve(root);
  const path = resolve(join(base, plain));
  if (contentType === undefined || !path.startsWith(base + sep)) {
    return { status: 'refused', httpStatus: 404, reason: 'No such file.' };
  }
  return { status: 'file', path, contentType };
}

/** Answers a request of the window with a built file, or refuses it; every answer carries the security headers. */
export async function answerAppRequest(
  request: { readonly method: string; readonly url: string },
  root: string,
): Promise<Response> {
  const file = resolveAppFile(request.method, request.url, root);
  if (file.status === 'refused') return new Response(file.reason, { status: file.httpStatus, headers });
  try {
    const body = await readFile(file.path);
    return new Response(body, { headers: { ...headers, 'content-type': file.contentType } });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    return new Response('No such file.', { status: 404, headers });
  }
}
