import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import type { NoticeChannel, NoticeDelivery } from '../../../relay/notify/notice-channel.ts';
import type { DueNotice, NoticeOutbox } from '../../../relay/notify/notice-outbox.ts';
import { createSending } from '../../../relay/notify/send-notices.ts';
import { accessRecord, dueNotice } from './notices.ts';

const delivered: NoticeDelivery = { status: 'delivered' };
const down: NoticeDelivery = { status: 'later', reason: 'down', isChannel: true };
const grey: NoticeDelivery = { status: 'later', reason: 'greylisted', isChannel: false };
const granted = {
  status: 'approved',
  expiresAtMs: 1_800_007_200_000,
  requester: { issuer: 'https://idp.example', subject: 'a', username: 'alice' },
} as AccessRequest;

const waits = { ...granted, status: 'pending', expiresAtMs: null } as AccessRequest;

/** An outbox in memory, a channel that answers by a script, and what became of all. */
function world(
  notices: readonly DueNotice[],
  script: readonly NoticeDelivery[],
  request: AccessRequest | null = waits,
) {
  let nowMs = 1_800_000_000_000;
  const rows = new Map(notices.map((notice) => [notice.id, notice]));
  const said: string[] = [];
  const outbox: NoticeOutbox = {
    add: () => 0,
    take: () => [...rows.values()].filter(({ dueAtMs }) => dueAtMs <= nowMs).slice(0, 2),
    done: (id) => void rows.delete(id),
    giveUp: (id) => void rows.delete(id),
    retry(id, atMs) {
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, dueAtMs: atMs, attempts: row.attempts + 1 });
    },
    states: () => [],
    close: () => undefined,
  };
  const sent: string[] = [];
  const answers = [...script];
  const channel: NoticeChannel = {
    name: 'mail',
    send({ id }) {
      sent.push(id);
      return Promise.resolve(answers.shift() ?? delivered);
    },
    close: () => Promise.resolve(),
  };
  const sending = createSending({
    outbox: () => outbox,
    find: () => request,
    now: () => nowMs,
    retryDelay: (attempts, askedMs) => Math.max(askedMs ?? 0, attempts * 1000),
    onOutcome: ({ id }, { status }) => said.push(`${id} ${status}`),
  });
  return {
    sent,
    said,
    rows,
    look: async (afterMs = 0): Promise<void> => {
      nowMs += afterMs;
      await sending.sendOn(channel);
    },
  };
}

const named = (id: string, given: Partial<DueNotice> = {}): DueNotice => dueNotice({ id, ...given });

describe('sending messages', () => {
  it('sends all that is due, once', async () => {
    const { sent, look, rows } = world([named('a'), named('b'), named('c')], []);
    await look();
    await look();
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(rows.size).toBe(0);
  });

  it('leaves a channel that fails alone for longer and longer, and loses nothing', async () => {
    const { sent, look, rows } = world([named('a'), named('b')], [down, down]);
    await look();
    expect(sent).toEqual(['a']);
    await look(999);
    expect(sent).toEqual(['a']);
    await look(1);
    expect(sent).toEqual(['a', 'a']);
    await look(1999);
    expect(sent).toEqual(['a', 'a']);
    await look(60_000);
    expect(sent.slice(2).toSorted()).toEqual(['a', 'b']);
    expect(rows.size).toBe(0);
  });

  it('goes on with others behind one that is greylisted', async () => {
    const { sent, look } = world([named('a'), named('b')], [grey]);
    await look();
    expect(sent).toEqual(['a', 'b']);
    await look(1000);
    expect(sent).toEqual(['a', 'b', 'a']);
  });

  it('gives up what has been tried for long enough, and what will never be taken', async () => {
    const { said, look, rows } = world(
      [named('old', { giveUpAtMs: 1_800_000_000_000 }), named('unknown')],
      [{ status: 'refused', reason: 'unknown' }],
    );
    await look();
    expect(said).toEqual(['old given-up', 'unknown refused']);
    expect(rows.size).toBe(0);
  });

  it.each<[string, AccessRequest | null, readonly string[]]>([
    ['that waits', waits, ['r']],
    ['that was taken back', { ...waits, status: 'cancelled' }, []],
    ['that was decided', granted, []],
    ['that is gone', null, []],
  ])('tells those who decide only of a request %s', async (_, request, expected) => {
    const { sent, look, rows } = world([named('r')], [], request);
    await look();
    expect(sent).toEqual(expected);
    expect(rows.size).toBe(0);
  });

  const ending = named('e', {
    event: 'ending',
    record: accessRecord({ event: 'approved', expiresAtMs: 1_800_007_200_000 }),
  });
  it.each<[string, AccessRequest | null, readonly string[]]>([
    ['that goes on', granted, ['e']],
    ['that was ended', { ...granted, status: 'revoked' }, []],
    ['that ends at another time', { ...granted, expiresAtMs: 1 }, []],
    ['that is gone', null, []],
  ])('tells of the end only of a grant %s', async (_, request, expected) => {
    const { sent, look, rows } = world([ending], [], request);
    await look();
    expect(sent).toEqual(expected);
    expect(rows.size).toBe(0);
  });
});
