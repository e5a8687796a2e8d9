import { buildConnector } from 'undici';

/**
 * Opens connections to an upstream as undici does, but without its leniency towards resets: undici takes ECONNRESET for
 * the proper end of an answer that has no length, and a cut answer would look whole (RFC 9112 §8).
 */
export function connectUpstream(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    connect(target, (...result) => {
      const [, socket] = result;
      // Registered before undici's own listener, which tells the two apart by this code.
      socket?.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = 'ERR_UPSTREAM_RESET';
      });
      callback(...result);
    });
  };
}
