import { Gauge, type Registry } from 'prom-client';
import type { NoticeState } from '../notify/start-notify.ts';

/** Says how messages of requests for access fare, by channel: names of webhooks, and `mail`. No label is a person. */
export function noticeMetrics(registry: Registry): (now: () => readonly NoticeState[]) => void {
  const registers = [registry];
  let statesNow: () => readonly NoticeState[] = () => [];
  new Gauge({
    name: 'causeway_notices_waiting',
    help: 'Messages to people that are due and not delivered.',
    labelNames: ['channel'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { channel, waiting } of statesNow()) this.labels(channel).set(waiting);
    },
  });
  new Gauge({
    name: 'causeway_notices_oldest_waiting_seconds',
    help: 'How long the oldest message to people has been due.',
    labelNames: ['channel'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { channel, oldestDueAtMs } of statesNow())
        this.labels(channel).set(oldestDueAtMs === null ? 0 : Math.max(0, (Date.now() - oldestDueAtMs) / 1000));
    },
  });
  new Gauge({
    name: 'causeway_notices_attempts',
    help: 'Attempts to deliver messages to people since the start, by what became of them.',
    labelNames: ['channel', 'outcome'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { channel, outcomes } of statesNow())
        for (const [outcome, count] of Object.entries(outcomes)) this.labels(channel, outcome).set(count);
    },
  });
  return (now) => void (statesNow = now);
}
