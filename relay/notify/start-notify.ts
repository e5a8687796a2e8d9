import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import { retryDelayMs } from '../sinks/retry-delay.ts';
import { breakGlassNotices, type Notice, noticesOf } from './notice.ts';
import type { NoticeChannel } from './notice-channel.ts';
import { type ChannelState, type DueNotice, type NoticeOutbox, urgentEvent } from './notice-outbox.ts';
import type { NotifySettings } from './notify-settings.ts';
import { openChannels } from './open-channels.ts';
import { createSending, type SendingOptions } from './send-notices.ts';

/** How messages fare, for metrics and commands. */
export interface NoticeState extends ChannelState {
  /** Since the start, by what became of attempts. */
  readonly outcomes: Readonly<Record<NoticeOutcome, number>>;
}
export type NoticeOutcome = 'delivered' | 'refused' | 'later' | 'given-up';

export interface NotifyOptions {
  /** Opened with the first config that tells anybody. */
  readonly openOutbox: () => NoticeOutbox;
  readonly settings: NotifySettings;
  /** Whether messages are sent here, and not by another process of this relay. Default true. */
  readonly sends?: boolean;
  /** The request as it is now. */
  readonly find: SendingOptions['find'];
  readonly log: Logger;
  /** How often what is due is looked for, milliseconds. Default 1 s. */
  readonly pollMs?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** Tells people of requests for access. */
export interface Notify {
  /** The same audit; what it records of access is told besides. */
  telling<Log extends Pick<AuditLog, 'append' | 'healthy'>>(audit: Log): Log;
  replace(settings: NotifySettings): void;
  /** As of the last look. */
  readonly states: readonly NoticeState[];
  /** Waits for what is being sent now; the rest goes after the next start. */
  close(): Promise<void>;
}

/** Messages that couldn’t be put into the outbox yet; more are lost, and said to be. */
const maxUnkept = 1000;
const closeWithinMs = 2000;
const statesEveryMs = 5000;
const noOutcomes = { delivered: 0, refused: 0, later: 0, 'given-up': 0 };

/**
 * Puts messages into the outbox before their records are in the audit, so that what is recorded is told also when the relay
 * is killed meanwhile. What can’t be kept doesn’t keep the record back.
 */
export function startNotify(options: NotifyOptions): Notify {
  const { find, log, sends = true, pollMs = 1000, now = Date.now, random = Math.random } = options;
  let { settings } = options;
  let opened: NoticeOutbox | null = null;
  let channels: readonly NoticeChannel[] = [];
  let unkept: Notice[] = [];
  let states: readonly NoticeState[] = [];
  let statesAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const busy = new Map<string, Promise<void>>();
  const failing = new Set<string>();
  const outcomes = new Map<string, Record<NoticeOutcome, number>>();

  const onOutcome: SendingOptions['onOutcome'] = (notice, outcome) => {
    const { status } = outcome;
    if (status === 'unwanted') return;
    const counts = outcomes.get(notice.channel) ?? { ...noOutcomes };
    outcomes.set(notice.channel, { ...counts, [status]: counts[status] + 1 });
    say(notice, status, 'reason' in outcome ? outcome.reason : undefined);
  };
  const say = ({ id, channel }: DueNotice, status: NoticeOutcome, reason: string | undefined): void => {
    const details = { channel, notice: id, reason };
    if (status === 'delivered') {
      if (failing.delete(channel)) log.info(details, 'people are told again on this channel');
    } else if (status !== 'later') log.error(details, 'somebody isn’t told');
    else if (!failing.has(channel)) {
      failing.add(channel);
      log.warn(details, 'people can’t be told on this channel; messages wait');
    }
  };
  const outbox = (): NoticeOutbox => (opened ??= options.openOutbox());
  const open = (): void => {
    if (settings.config.notify !== undefined) outbox();
    channels = sends ? openChannels(settings) : [];
  };
  open();
  const sending = createSending({
    outbox,
    find,
    now,
    retryDelay: (attempts, askedMs) => retryDelayMs(attempts, askedMs, random),
    onOutcome,
  });

  const keep = async (notices: readonly Notice[]): Promise<void> => {
    try {
      const refused = await outbox().add(notices);
      if (refused > 0) log.error({ refused }, 'too many messages wait; people aren’t told of these');
    } catch (error) {
      log.error({ err: error }, 'messages can’t be kept; this is tried again');
      const all = [...unkept, ...notices];
      const isUrgent = ({ event }: Notice): boolean => event === urgentEvent;
      unkept = [
        ...all.filter(isUrgent).slice(-maxUnkept),
        ...all.filter((notice) => !isUrgent(notice)).slice(-maxUnkept),
      ];
    }
  };

  const look = async (): Promise<void> => {
    if (opened === null) return;
    const again = unkept;
    unkept = [];
    if (again.length > 0) await keep(again);
    for (const channel of channels) {
      if (busy.has(channel.name)) continue;
      const work = sending
        .sendOn(channel)
        .catch((error: unknown) => log.warn({ err: error }, 'messages that wait can’t be read now'))
        .finally(() => busy.delete(channel.name));
      busy.set(channel.name, work);
    }
    if (!sends || now() - statesAtMs < statesEveryMs) return;
    statesAtMs = now();
    const known = await opened.states(now());
    states = [...new Set([...channels.map(({ name }) => name), ...known.map(({ channel }) => channel)])].map(
      (channel) => ({
        channel,
        waiting: 0,
        oldestDueAtMs: null,
        givenUp: 0,
        error: null,
        ...known.find((state) => state.channel === channel),
        outcomes: outcomes.get(channel) ?? noOutcomes,
      }),
    );
  };

  const poll = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, 'messages that wait are looked at later'));
  }, pollMs).unref();

  return {
    telling(audit) {
      const append: AuditLog['append'] = (record, done) => {
        if (record.type === 'relay') {
          // An emergency waits for no storage that is away.
          const told = breakGlassNotices(record, settings.config);
          if (told.length > 0) void keep(told);
          audit.append(record, done);
          return;
        }
        const notices = record.type === 'access' ? noticesOf(record, settings.config) : [];
        if (notices.length === 0) audit.append(record, done);
        else void keep(notices).then(() => audit.append(record, done));
      };
      return Object.create(audit, { append: { value: append } }) as typeof audit;
    },
    replace(next) {
      settings = next;
      const before = channels;
      open();
      const leaving = before.map(async (channel) => {
        await busy.get(channel.name);
        await channel.close();
      });
      void Promise.all(leaving);
    },
    get states() {
      return states;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(poll);
      const patience = new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref());
      await Promise.race([Promise.all(busy.values()), patience]);
      await Promise.all(channels.map((channel) => channel.close()));
      opened?.close();
    },
  };
}
