import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { keptBuild } from '../../../build/kept-build.ts';

/** The policy under which the window's page must work: no inline script and no inline style sheet. */
export const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'; form-action 'none'; base-uri 'none'";

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Puts the tests' entry, which shows one state after the other in the same page, where the page's own stands. */
export const entryForLooks: Plugin = {
  name: 'entry-for-looks',
  enforce: 'pre',
  resolveId: (source: string, importer?: string) =>
    source.endsWith('/main.ts') && importer?.endsWith('.html') === true
      ? fileURLToPath(new URL('preview-page.ts', import.meta.url))
      : null,
};

export interface ServedRenderer {
  readonly url: string;
  /** The built files, which all who serve the same share. */
  readonly folder: string;
  close(): Promise<void>;
}

/** What the renderer and its tests’ entry come of, plugins included. */
const sources = [
  'renderer',
  'ui',
  'shared',
  'client',
  'test/support/renderer-preview',
  'test/support/looks',
  'build/vite.renderer.config.ts',
  'package-lock.json',
];

/** Builds the real renderer, once of the same sources, and serves it on loopback under the strict policy. */
export async function serveRenderer(plugins: readonly Plugin[] = []): Promise<ServedRenderer> {
  const configFile = fileURLToPath(new URL('../../../build/vite.renderer.config.ts', import.meta.url));
  const { folder } = await keptBuild({
    name: 'renderer',
    sources,
    also: [process.env['NODE_ENV'] ?? '', ...plugins.map(({ name }) => name)],
    async build(outDir) {
      // Loaded only where something is to be built.
      const { build } = await import('vite');
      await build({ configFile, logLevel: 'error', plugins: [...plugins], build: { outDir, emptyOutDir: true } });
    },
  });
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = path === '/' ? 'index.html' : path.slice(1);
    readFile(join(folder, name)).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': types[extname(name)] ?? 'application/octet-stream',
            'content-security-policy': strictPolicy,
          })
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    folder,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
