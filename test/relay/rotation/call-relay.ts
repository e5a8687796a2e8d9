import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

/** Asks the public port of a relay, with a connection of its own. */
export function callRelay(
  { ca, relayPort: port }: Pick<TunnelWorld, 'ca' | 'relayPort'>,
  path: string,
  asked: { readonly token?: string; readonly body?: object; readonly method?: string } = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const { token, body, method = body === undefined ? 'GET' : 'POST' } = asked;
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = request({ host: '127.0.0.1', port, path, method, headers, ca, agent: false }, (response) => {
      text(response).then((found) => resolve({ status: response.statusCode ?? 0, body: found }), reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
