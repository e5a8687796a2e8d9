import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SinkPlace } from '../../../relay/sinks/sink-settings.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from '../audit/audit-fixtures.ts';
import { appendDecisions, openSink, sinkSettings, upTo, webhookSecret } from './sinks-world.ts';
import { startWebhookReceiver, type WebhookAnswer } from './start-webhook-receiver.ts';

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): WebhookAnswer =>
  (response) =>
    void response.writeHead(status, headers).end('{}');
const place = (url: string, given: Partial<Extract<SinkPlace, { kind: 'webhook' }>> = {}): SinkPlace => ({
  kind: 'webhook',
  url,
  secrets: [webhookSecret],
  tls: {},
  ...given,
});

const troubles: readonly (readonly [string, WebhookAnswer, string])[] = [
  ['400', answer(400), 'the receiver answered 400'],
  ['401', answer(401), 'the receiver answered 401'],
  ['404', answer(404), 'the receiver answered 404'],
  ['429', answer(429, { 'retry-after': '7' }), 'the receiver answered 429'],
  ['500', answer(500), 'the receiver answered 500'],
  ['503', answer(503, { 'retry-after': '7' }), 'the receiver answered 503'],
  ['a redirect, which is not followed', answer(307, { location: '/elsewhere' }), 'the receiver answered 307'],
  ['a reset', (_, { socket }) => socket.resetAndDestroy(), 'ECONNRESET'],
  ['an end without an answer', (_, { socket }) => socket.end(), 'other side closed'],
  ['no HTTP', (_, { socket }) => socket.end('hello\r\n\r\n'), 'HTTP'],
  ['half a head', (_, { socket }) => socket.end('HTTP/1.1 200 OK\r\nx-'), 'other side closed'],
  ['silence', () => undefined, 'the receiver didn’t answer within 1 s'],
];

describe('a webhook', () => {
  it.each(troubles)('gets the same message again after %s', async (_, trouble, reason) => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 3);
    const receiver = await startWebhookReceiver([trouble, trouble]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    const failing = await sink.until(({ error }) => error !== null);
    expect(failing).toMatchObject({ seq: 0, attempts: 1, error: expect.stringContaining(reason) as string });
    await sink.until(({ seq }) => seq === 3);
    expect(sink.cursor()).toMatchObject({ sent: 3, error: null, attempts: 0 });
    expect(receiver.messages).toHaveLength(3);
    expect(new Set(receiver.messages.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(receiver.messages[0]?.seqs).toEqual([1, 2, 3]);
    expect(receiver.refused).toEqual([]);
    expect(sink.said).toEqual(['warn: a sink doesn’t take records; they wait', 'info: a sink takes records again']);
    const asked = reason.includes('429') || reason.includes('503') ? 7000 : undefined;
    expect(sink.waits).toEqual([
      [1, asked],
      [2, asked],
    ]);
  });

  it.each<[string, WebhookAnswer]>([
    ['200', answer(200)],
    ['202', answer(202)],
    ['204', answer(204)],
    ['200 with a body that never ends', (response) => void response.writeHead(200).write('x'.repeat(100_000))],
    [
      '200 and then a reset',
      (response, { socket }) => {
        response.writeHead(200, { 'content-length': 10 }).write('x');
        setTimeout(() => socket.resetAndDestroy(), 20);
      },
    ],
  ])('has acknowledged with %s', async (_, given) => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2);
    const receiver = await startWebhookReceiver([given]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    await sink.until(({ seq }) => seq === 2);
    await appendDecisions(audit, 2);
    await sink.until(({ seq }) => seq === 4);
    expect(receiver.messages.map(({ seqs }) => seqs)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('that answers 410 gets nothing more', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 3);
    const receiver = await startWebhookReceiver([answer(410)]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    expect(await sink.until(({ ended }) => ended)).toMatchObject({ seq: 0, error: 'the receiver answered 410' });
    expect(sink.isWanted).toBe(false);
    await sink.finish(1000);
    expect(receiver.messages).toHaveLength(1);
    expect(sink.said.at(-1)).toMatch(/^error: a sink wants no more records/);
  });

  it('that answers 413 gets less at once', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 8);
    const small: WebhookAnswer = (response, request) =>
      answer(Number(request.headers['content-length']) > 1500 ? 413 : 200)(response, request);
    const receiver = await startWebhookReceiver(Array.from({ length: 100 }, () => small));
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    await sink.until(({ seq }) => seq === 8);
    expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual(upTo(8));
  });

  it.each([
    [7_000_000, 3, ['type', 'timeMs', 'remoteAddress', 'claimed', 'code', 'detail']],
    [2000, 2, ['type', 'timeMs', 'remoteAddress', 'claimed', 'code', 'detail']],
    [300, 2, ['type', 'timeMs']],
  ])(
    'that answers 413 to a single record gets it shortened, and all that comes after it: at most %i bytes',
    async (bytes, whole, kept) => {
      const dataDir = temporaryFolder();
      const audit = await openAudit(dataDir);
      const refused = { type: 'authentication-refused', timeMs: 1, remoteAddress: '::1', claimed: null } as const;
      const huge = { ...refused, code: 'bad-input', detail: `“${'é'.repeat(1_000_000)}”` } as const;
      for (const code of ['a', 'b']) expect(await append(audit, { ...huge, code, detail: '' } as never)).toBeNull();
      expect(await append(audit, huge)).toBeNull();
      const small: WebhookAnswer = (response, request) =>
        answer(Number(request.headers['content-length']) > bytes ? 413 : 200)(response, request);
      const receiver = await startWebhookReceiver(Array.from({ length: 100 }, () => small));
      const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
      await sink.until(({ seq }) => seq === 3);
      expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual(upTo(3));
      const sent = receiver.acknowledged.flatMap(
        ({ body }) => (JSON.parse(body) as { records: readonly { shortened?: true; record: object }[] }).records,
      );
      expect(sent.filter(({ shortened }) => shortened !== true)).toHaveLength(whole);
      expect(Object.keys(sent[2]?.record ?? {})).toEqual(kept);
      expect(sink.shortened()).toBe(3 - whole);
      const told = sink.said.filter((line) => line.startsWith('warn: a record is too large for a sink'));
      expect(told).toHaveLength(3 - whole);
      expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(
        new Set(receiver.messages.map(({ body }) => body)).size,
      );
    },
  );

  it('that answers 413 to everything gets everything whole once it doesn’t', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2);
    const receiver = await startWebhookReceiver(Array.from({ length: 20 }, () => answer(413)));
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    await sink.until(({ attempts }) => attempts > 1);
    await sink.until(({ seq }) => seq === 2);
    expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual(upTo(2));
  });

  it('is served only behind a certificate of its authority', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2);
    const { ca, certPath, keyPath } = await makeDemoCertificates(mkdtempSync(join(tmpdir(), 'causeway-sinks-')));
    const tls = { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
    const receiver = await startWebhookReceiver([], tls);
    const stranger = openSink(dataDir, sinkSettings(place(receiver.url), { name: 'stranger' }));
    const { error } = await stranger.until((cursor) => cursor.error !== null);
    expect(error).toMatch(/certificate/);
    expect(receiver.messages).toEqual([]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.url, { tls: { ca } })));
    await sink.until(({ seq }) => seq === 2);
    expect(receiver.acknowledged).toHaveLength(1);
  });

  it('gets other records under other ids after the folder was put back to an earlier state', async () => {
    const [dataDir, backup] = [temporaryFolder(), temporaryFolder()];
    const receiver = await startWebhookReceiver();
    const settings = sinkSettings(place(receiver.url));
    const send = async (count: number, from: number): Promise<void> => {
      const audit = await openAudit(dataDir);
      await appendDecisions(audit, count);
      const sink = openSink(dataDir, settings);
      await sink.until(({ seq }) => seq === from + count);
      await sink.stop();
      await audit.close();
    };
    await send(1, 0);
    cpSync(dataDir, backup, { recursive: true });
    await send(2, 1);
    rmSync(dataDir, { recursive: true });
    cpSync(backup, dataDir, { recursive: true });
    await send(2, 1);
    expect(receiver.messages.map(({ seqs }) => seqs)).toEqual([[1], [2, 3], [2, 3]]);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(3);
  });

  it('goes on after a restart with the message that was under way, under its id', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 3);
    const receiver = await startWebhookReceiver([(_, { socket }) => socket.resetAndDestroy()]);
    const first = openSink(dataDir, sinkSettings(place(receiver.url)));
    await first.until(({ error }) => error !== null);
    await first.stop();
    await appendDecisions(audit, 2);
    const [before] = receiver.messages;
    const second = openSink(dataDir, sinkSettings(place(receiver.url)));
    await second.until(({ seq }) => seq === 5);
    const again = receiver.messages.filter(({ id }) => id === before?.id);
    expect(new Set(again.map(({ body }) => body)).size).toBe(1);
    expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual(upTo(5));
  });

  it('gets what was chosen: types, effects and APIs, with the outcomes of what it got', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const records = [
      decision('denied', { effect: 'deny' }),
      decision('allowed'),
      outcome('denied', 403),
      outcome('allowed'),
      decision('other', { effect: 'deny', api: 'payroll' }),
      outcome('other', 403),
      { type: 'relay', timeMs: 1, event: 'started', detail: '' } as const,
    ];
    for (const record of records) await append(audit, record);
    const seqsFor = async (name: string, selection: object): Promise<readonly number[]> => {
      const receiver = await startWebhookReceiver();
      const sink = openSink(dataDir, sinkSettings(place(receiver.url), { name, selection }));
      await sink.until(({ seq }) => seq === 7);
      return receiver.acknowledged.flatMap(({ seqs }) => seqs);
    };
    expect(await seqsFor('all', {})).toEqual(upTo(7));
    expect(await seqsFor('types', { types: ['relay', 'outcome'] })).toEqual([3, 4, 6, 7]);
    expect(await seqsFor('effects', { effects: ['deny'] })).toEqual([1, 3, 5, 6, 7]);
    expect(await seqsFor('apis', { apis: ['payroll'] })).toEqual([5, 6, 7]);
    expect(await seqsFor('both', { apis: ['orders'], effects: ['deny'], types: ['decision'] })).toEqual([1]);
    expect(await seqsFor('none', { apis: ['none'], types: ['decision'] })).toEqual([]);
  });

  it('that is new may begin with what comes next; one whose audit was replaced gets the new one whole', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 3);
    const receiver = await startWebhookReceiver();
    const sink = openSink(dataDir, sinkSettings(place(receiver.url), { startAt: 'now' }));
    await appendDecisions(audit, 2);
    const { seq, hash } = await sink.until((cursor) => cursor.seq === 5);
    expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual([4, 5]);
    await sink.stop();

    const otherDir = temporaryFolder();
    const other = await openAudit(otherDir);
    await appendDecisions(other, 6, { timeMs: 5 });
    const moved = openSink(otherDir, sinkSettings(place(receiver.url), { startAt: 'now' }));
    await moved.stop();
    const { openSinkCursors } = await import('../../../relay/sinks/sink-cursors.ts');
    const cursors = openSinkCursors(otherDir);
    cursors.put('siem', { ...(moved.cursor() as NonNullable<ReturnType<typeof moved.cursor>>), seq, hash });
    cursors.close();
    const again = openSink(otherDir, sinkSettings(place(receiver.url)));
    await again.until((cursor) => cursor.seq === 6);
    expect(receiver.acknowledged.at(-1)?.seqs).toEqual(upTo(6));
    expect(again.said[0]).toMatch(/^warn: the audit isn’t the one that this sink followed/);
  });

  it('goes on behind records that were cut, and says so only when it should have had them', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 6);
    const cut = (before: number): void => {
      const database = new DatabaseSync(join(dataDir, 'audit.sqlite'));
      database.exec(`DELETE FROM audit WHERE seq < ${before}`);
      database.close();
    };
    cut(3);
    const receiver = await startWebhookReceiver();
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    await sink.until(({ seq }) => seq === 6);
    await sink.stop();
    await appendDecisions(audit, 4);
    cut(9);
    const again = openSink(dataDir, sinkSettings(place(receiver.url)));
    await again.until(({ seq }) => seq === 10);
    expect(receiver.acknowledged.flatMap(({ seqs }) => seqs)).toEqual([3, 4, 5, 6, 9, 10]);
    expect([...sink.said, ...again.said]).toEqual([
      'error: records were removed from the audit before a sink had them',
    ]);
  });

  it('that is late is said, once, and that it no longer is', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2, { timeMs: Date.now() - 400_000 });
    const receiver = await startWebhookReceiver([answer(500), answer(500), answer(500)]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.url)));
    await sink.until(({ seq }) => seq === 2);
    await appendDecisions(audit, 1);
    await sink.until(({ seq }) => seq === 3);
    expect(sink.said).toEqual([
      'warn: a sink doesn’t take records; they wait',
      'warn: a sink is late',
      'info: a sink takes records again',
      'info: a sink is no longer late',
    ]);
  });
});
