import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { ToolServer } from './tool-server.ts';

interface Packument {
  readonly name: string;
  readonly 'dist-tags': Record<string, string>;
  readonly versions: Record<string, { dist: { tarball: string } }>;
  readonly _attachments?: Record<string, { data: string }>;
}

const say = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/**
 * A registry that takes and gives packages as npm’s own does. As most that companies run, it asks for a scoped name in one
 * segment (`/@scope%2fname`), and tells where archives are by the `Host` it was asked under.
 */
export async function startNpmRegistry(): Promise<ToolServer> {
  const packages = new Map<string, Packument>();
  const archives = new Map<string, Buffer>();

  async function publish(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const sent = (await json(request)) as Packument;
    const known = packages.get(name);
    const versions = Object.keys(sent.versions);
    if (versions.some((version) => known?.versions[version] !== undefined)) {
      return say(response, 403, { error: 'You cannot publish over the previously published versions.' });
    }
    for (const [file, { data }] of Object.entries(sent._attachments ?? {})) {
      archives.set(`/${name}/-/${file}`, Buffer.from(data, 'base64'));
    }
    packages.set(name, {
      name,
      'dist-tags': { ...known?.['dist-tags'], ...sent['dist-tags'] },
      versions: { ...known?.versions, ...sent.versions },
    });
    say(response, 201, { ok: true });
  }

  async function answerTags(request: IncomingMessage, response: ServerResponse, path: string[]): Promise<void> {
    const found = packages.get(decodeURIComponent(path[3] ?? ''));
    if (found === undefined) return say(response, 404, { error: 'not found' });
    const tag = path[5];
    if (tag !== undefined && request.method === 'PUT') found['dist-tags'][tag] = String(await json(request));
    say(response, 200, found['dist-tags']);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://registry.invalid');
    const path = pathname.split('/');
    if (pathname.startsWith('/-/package/')) return answerTags(request, response, path);
    const archive = archives.get(decodeURIComponent(pathname));
    if (archive !== undefined) {
      return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(archive);
    }
    const name = decodeURIComponent(path[1] ?? '');
    if (path.length > 2) return say(response, 404, { error: 'not found' });
    if (request.method === 'PUT') return publish(request, response, name);
    const found = packages.get(name);
    if (found === undefined) return say(response, 404, { error: 'not found' });
    const versions = Object.entries(found.versions).map(([version, manifest]) => {
      const tarball = new URL(new URL(manifest.dist.tarball).pathname, `http://${request.headers.host}`).href;
      return [version, { ...manifest, dist: { ...manifest.dist, tarball } }];
    });
    say(response, 200, { ...found, versions: Object.fromEntries(versions) });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
