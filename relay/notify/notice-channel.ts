import type { DueNotice } from './notice-outbox.ts';

/** What became of one attempt. */
export type NoticeDelivery =
  | { readonly status: 'delivered' }
  /** It will not be taken, however often it is tried. */
  | { readonly status: 'refused'; readonly reason: string }
  /** Later, perhaps; `isChannel` when others on this channel would fare no better now. */
  | { readonly status: 'later'; readonly reason: string; readonly isChannel: boolean; readonly retryAfterMs?: number };

/** A way to tell people, one message at a time. */
export interface NoticeChannel {
  readonly name: string;
  /** Never rejects for what the receiver or the network does, and ends in bounded time. */
  send(notice: DueNotice): Promise<NoticeDelivery>;
  close(): Promise<void>;
}
