import { readJson, sendJson, startUpstream, type Upstream } from './start-upstream.ts';

/** Starts the inventory API: `GET /v1/items`, `GET` and `PUT /v1/items/<sku>` with `{"count": number}`. */
export async function startInventory(options: { port?: number } = {}): Promise<Upstream> {
  const items = new Map([
    ['bolt-m8', 12_400],
    ['crate-l', 87],
    ['pallet-eu', 340],
  ]);
  return startUpstream({
    ...options,
    onRequest: async ({ request, response, method, url }) => {
      if (url.pathname === '/v1/items') {
        return sendJson(
          response,
          200,
          [...items].map(([sku, count]) => ({ sku, count })),
        );
      }
      const sku = /^\/v1\/items\/(?<sku>[a-z0-9-]+)$/u.exec(url.pathname)?.groups?.['sku'];
      if (sku === undefined) return sendJson(response, 404, { error: 'not found' });
      if (method === 'PUT') {
        const body = await readJson(request);
        const count = typeof body === 'object' && body !== null && 'count' in body ? body.count : undefined;
        if (typeof count !== 'number') return sendJson(response, 422, { error: 'count must be a number' });
        items.set(sku, count);
        return sendJson(response, 200, { sku, count });
      }
      const count = items.get(sku);
      return count === undefined
        ? sendJson(response, 404, { error: 'not found' })
        : sendJson(response, 200, { sku, count });
    },
  });
}
