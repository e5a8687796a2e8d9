import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { noteSilence } from './lost-when-idle.ts';
import { nameMalformedHead } from './name-malformed-head.ts';
import { readBeforeFailing } from './read-before-failing.ts';
import { sharedReads } from './shared-read-buffer.ts';
import { takeUnaskedContinue } from './unasked-continue.ts';

/**
 * Opens connections to an upstream as undici does, but without its leniency towards resets: undici takes ECONNRESET for
 * the proper end of an answer that has no length, and a cut answer would look whole (RFC 9112 §8).
 */
export function connectUpstream(given: buildConnector.BuildOptions): buildConnector.connector {
  // By itself undici offers HTTP/2, too, where nothing can be switched to, and which all that follows isn't made for.
  const options = { ...given, allowH2: false };
  const connectTls = buildConnector(options);
  return (asked, callback) => {
    // undici would take the name from the Host header, which an API may set to any.
    const target = { ...asked, servername: '' };
    let connected: Socket | null = null;
    // TLS makes a buffer of the right length for each record, and its sessions are kept for all connections.
    const connect =
      target.protocol === 'https:'
        ? connectTls
        : buildConnector({ ...options, onread: sharedReads(() => connected as Socket) });
    connect(target, (...result) => {
      const [failure, socket] = result;
      connected = socket;
      if (failure === null) {
        readBeforeFailing(socket);
        noteSilence(socket);
        takeUnaskedContinue(socket);
        nameMalformedHead(socket);
      }
      // Registered before undici's own listener, which tells the two apart by this code.
      socket?.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = 'ERR_UPSTREAM_RESET';
      });
      callback(...result);
    });
  };
}
