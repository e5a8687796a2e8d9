import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { connectThroughSocks } from './connect-through-socks.ts';

const open = callbackify(connectThroughSocks);

/** Makes undici's connections through a SOCKS proxy, in the time that `tls` gives each step; TLS is spoken inside them. */
export function socksConnector(
  proxy: URL,
  tls: buildConnector.BuildOptions & { readonly timeout: number },
): buildConnector.connector {
  const secure = buildConnector(tls);
  return (options, callback) => {
    const isSecure = options.protocol === 'https:';
    const host = options.hostname.replaceAll(/[[\]]/g, '');
    const port = Number(options.port) || (isSecure ? 443 : 80);
    open(proxy, { host, port }, AbortSignal.timeout(tls.timeout), (error, socket) => {
      if (error !== null) callback(error, null);
      else if (isSecure) secure({ ...options, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
}
