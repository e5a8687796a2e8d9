import { Agent, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';

/** Requests over a client's local port, one after the other on each connection. */
export interface RequestLoad {
  stop(): Promise<void>;
}

const connections = 8;

/**
 * Sends reads, writes and requests that are to be denied, each with a path of its own, and tells of each answer as soon
 * as its head is there. What the client answers itself while there is no tunnel isn't one.
 */
export function sendRequests(port: number, name: string, didAnswer: (path: string) => void): RequestLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let isStopped = false;
  let count = 0;

  const send = async (): Promise<void> => {
    const number = count++;
    const path = `${number % 5 === 0 ? '/denied' : ''}/${name}/${number}`;
    const method = number % 2 === 0 ? 'GET' : 'POST';
    const outgoing = request({ host: '127.0.0.1', port, agent, path, method });
    const answered = once(outgoing, 'response');
    outgoing.end(method === 'POST' ? 'x' : undefined);
    const [response] = (await answered) as [IncomingMessage];
    if (response.statusCode === 200 || response.statusCode === 403) didAnswer(path);
    response.on('error', () => undefined).resume();
    await once(response, 'close');
  };
  const keepSending = async (): Promise<void> => {
    // A request that failed is one that nobody was told anything of.
    while (!isStopped) await send().catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
  };
  const loops = Array.from({ length: connections }, keepSending);
  return {
    async stop() {
      isStopped = true;
      agent.destroy();
      await Promise.all(loops);
    },
  };
}
