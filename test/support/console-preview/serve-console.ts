import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { consoleFiles } from '../../../build/build-console.ts';

/** The policy under which the console must work: what the relay sends along with it. */
export const consolePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface ServedConsole {
  /** Address of the console’s root. */
  readonly url: string;
  /** Folder with the built files. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Builds the real console and serves it on loopback under the relay’s policy; the admin API is for the page’s test to answer. */
export async function serveConsole(): Promise<ServedConsole> {
  const folder = await consoleFiles();
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = path.startsWith('/console/') ? path.slice('/console/'.length) : '';
    const isFile = name.startsWith('assets/') || extname(name) !== '';
    if (!path.startsWith('/console/')) {
      response.writeHead(404).end();
      return;
    }
    const file = isFile ? name : 'index.html';
    readFile(join(folder, file)).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': types[extname(file)] ?? 'application/octet-stream',
            'content-security-policy': consolePolicy,
          })
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/console/`,
    folder,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
