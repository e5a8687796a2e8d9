import type { AccessRequest } from '../grants/grant.ts';
import type { NoticeChannel, NoticeDelivery } from './notice-channel.ts';
import type { DueNotice, NoticeOutbox } from './notice-outbox.ts';

export interface SendingOptions {
  readonly outbox: () => NoticeOutbox;
  /** The request as it is now; null for one that is gone. */
  readonly find: (id: string) => AccessRequest | null | Promise<AccessRequest | null>;
  readonly now: () => number;
  /** Wait before the next attempt; `askedMs` is what the receiver asked for. */
  readonly retryDelay: (attempts: number, askedMs: number | undefined) => number;
  /** What became of each attempt. */
  readonly onOutcome: (
    notice: DueNotice,
    delivery: NoticeDelivery | { readonly status: 'unwanted' | 'given-up' },
  ) => void;
}

/** Sends what is due. */
export interface Sending {
  /** Tries what is due now on a channel once, unless that rests; to be called again only when it has resolved. */
  sendOn(channel: NoticeChannel): Promise<void>;
}

/** One message after the other. A channel that fails rests, longer each time; what it hasn’t tried waits with it. */
export function createSending(options: SendingOptions): Sending {
  const { outbox, now, retryDelay, onOutcome } = options;
  const resting = new Map<string, { readonly untilMs: number; readonly failures: number }>();

  const tell = async (channel: NoticeChannel, notice: DueNotice): Promise<NoticeDelivery> => {
    const delivery = await channel.send(notice);
    onOutcome(notice, delivery);
    switch (delivery.status) {
      case 'delivered':
        await outbox().done(notice.id, now());
        break;
      case 'refused':
        await outbox().giveUp(notice.id, now(), delivery.reason);
        break;
      case 'later':
        await outbox().retry(
          notice.id,
          now() + retryDelay(notice.attempts + 1, delivery.retryAfterMs),
          delivery.reason,
        );
    }
    return delivery;
  };

  const sendThrough = async (channel: NoticeChannel, notices: readonly DueNotice[]): Promise<void> => {
    const left = [...notices];
    for (let notice = left.shift(); notice !== undefined; notice = left.shift()) {
      if (now() >= notice.giveUpAtMs) {
        onOutcome(notice, { status: 'given-up' });
        await outbox().giveUp(notice.id, now(), 'it was tried for long enough');
        continue;
      }
      const wanted = await asOfNow(notice);
      if (wanted === null) {
        onOutcome(notice, { status: 'unwanted' });
        await outbox().done(notice.id, now());
        continue;
      }
      const delivery = await tell(channel, wanted);
      if (delivery.status !== 'later' || !delivery.isChannel) {
        resting.delete(channel.name);
        continue;
      }
      const failures = (resting.get(channel.name)?.failures ?? 0) + 1;
      const untilMs = now() + retryDelay(failures, delivery.retryAfterMs);
      resting.set(channel.name, { untilMs, failures });
      // They weren’t tried: the next to take them may be another relay.
      for (const { id } of left) await outbox().retry(id, untilMs, delivery.reason);
      return;
    }
  };

  /**
   * A request is told of only while it waits, and an end that is about to come only while the grant goes on; whose that is, is
   * looked up then.
   */
  const asOfNow = async (notice: DueNotice): Promise<DueNotice | null> => {
    const { event, record } = notice;
    if ((event !== 'ending' && event !== 'requested') || record.type !== 'access') return notice;
    const request = await options.find(record.grant);
    if (event === 'requested') return request?.status === 'pending' ? notice : null;
    if (request?.status !== 'approved' || request.expiresAtMs !== record.expiresAtMs) return null;
    return { ...notice, record: { ...record, requester: request.requester } };
  };

  return {
    async sendOn(channel) {
      while ((resting.get(channel.name)?.untilMs ?? 0) <= now()) {
        const due = await outbox().take(channel.name, now());
        if (due.length === 0) return;
        await sendThrough(channel, due);
      }
    },
  };
}
