import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems hand out themselves: Linux from 32768, macOS and Windows from 49152 (RFC 6335 §6). */
const lowest = 10_240;
const beyond = 32_768;
const attempts = 50;

/**
 * A port of 127.0.0.1 that was free a moment ago, for a process that must be told its port before it starts. It is none
 * that the system gives to somebody else meanwhile. Whoever can, listens on port 0 instead.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(lowest, beyond);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch (error) {
      if (attempt < attempts) continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
