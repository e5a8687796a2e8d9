import { Gauge, type Registry } from 'prom-client';

/** What is open now. */
export interface OpenNow {
  readonly tunnels: number;
  readonly streams: number;
  /** Requests under way. */
  readonly requests: number;
  /** Kept for tunnels, unread or unacknowledged. */
  readonly bufferedBytes: number;
  /** New requests are refused for want of memory or time. */
  readonly isOverloaded: boolean;
}

const nothing: OpenNow = { tunnels: 0, streams: 0, requests: 0, bufferedBytes: 0, isOverloaded: false };

/** Gauges of what is open. @returns sets who says it, whenever somebody asks */
export function gaugedOpen(registry: Registry): (now: () => OpenNow) => void {
  const registers = [registry];
  let openNow: () => OpenNow = () => nothing;
  new Gauge({
    name: 'causeway_tunnels_open',
    help: 'Tunnels that are open.',
    registers,
    collect() {
      this.set(openNow().tunnels);
    },
  });
  new Gauge({
    name: 'causeway_streams_open',
    help: 'Local connections that are open through all tunnels.',
    registers,
    collect() {
      this.set(openNow().streams);
    },
  });
  new Gauge({
    name: 'causeway_requests_open',
    help: 'Requests under way in all tunnels.',
    registers,
    collect() {
      this.set(openNow().requests);
    },
  });
  new Gauge({
    name: 'causeway_buffered_bytes',
    help: 'Bytes kept for tunnels, unread or unacknowledged.',
    registers,
    collect() {
      this.set(openNow().bufferedBytes);
    },
  });
  new Gauge({
    name: 'causeway_overloaded',
    help: '1 while new requests are refused for want of memory or time.',
    registers,
    aggregator: 'max',
    collect() {
      this.set(openNow().isOverloaded ? 1 : 0);
    },
  });
  return (now) => void (openNow = now);
}
