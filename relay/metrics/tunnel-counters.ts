import { Counter, type Registry } from 'prom-client';
import type { TunnelWatch } from '../watch/tunnel-watch.ts';

/** Counts tunnels, what becomes of resumptions, and local connections. */
export function countedTunnels(registry: Registry): TunnelWatch {
  const registers = [registry];
  const labelNames = ['outcome'];
  const handshakes = new Counter({
    name: 'causeway_handshakes_total',
    help: 'WebSockets that were asked for: accepted, or the problem code of the refusal.',
    labelNames,
    registers,
  });
  const resumptions = new Counter({
    name: 'causeway_resumptions_total',
    help: 'Clients that came back for a tunnel: resumed, handed-over, unknown, other-session, gap.',
    labelNames,
    registers,
  });
  const streams = new Counter({
    name: 'causeway_streams_total',
    help: 'Local connections that came through tunnels: opened, refused.',
    labelNames,
    registers,
  });
  const ends = new Counter({
    name: 'causeway_tunnels_ended_total',
    help: 'Tunnels that ended: lost when the client did not come back, else by what.',
    labelNames,
    registers,
  });
  return {
    handshake: (outcome) => handshakes.labels(outcome).inc(),
    resumption: (outcome) => resumptions.labels(outcome).inc(),
    stream: (outcome) => streams.labels(outcome).inc(),
    ended: (outcome) => ends.labels(outcome).inc(),
  };
}
