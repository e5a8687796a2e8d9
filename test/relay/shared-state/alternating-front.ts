import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A load balancer without any memory: each request and each upgrade goes to the next relay. */
export interface AlternatingFront {
  readonly url: string;
  /** Where the relays are, `http://127.0.0.1:<port>`; may be changed while it runs. */
  nodes: readonly string[];
  /** Method and path of each request, with the number of the relay that answered it. */
  readonly served: { readonly node: number; readonly what: string }[];
  close(): Promise<void>;
}

/** Starts it on loopback, with no relays behind it yet. */
export async function startAlternatingFront(): Promise<AlternatingFront> {
  const served: { readonly node: number; readonly what: string }[] = [];
  let turn = 0;
  const next = (what: string): URL => {
    const node = turn++ % front.nodes.length;
    served.push({ node, what });
    return new URL(front.nodes[node] ?? '');
  };
  const server = createServer((request, response) => {
    const { method, url: path = '/', headers } = request;
    const target = next(`${method} ${path.split('?')[0]}`);
    const call = forward(
      { host: target.hostname, port: target.port, method, path, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    call.on('error', () => response.destroy());
    request.pipe(call);
  });
  server.on('upgrade', (request, socket, head) => {
    const target = next('tunnel');
    const peer = connect(Number(target.port), target.hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let index = 0; index < request.rawHeaders.length; index += 2)
        lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
      peer.write(`${lines.join('\r\n')}\r\n\r\n`);
      peer.write(head);
      socket.pipe(peer).pipe(socket);
    });
    peer.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('error', () => peer.destroy()).on('close', () => peer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: AlternatingFront = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nodes: [],
    served,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
}
