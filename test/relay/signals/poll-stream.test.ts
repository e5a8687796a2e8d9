import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { openAuditReader } from '../../../relay/audit/reading/audit-reader.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { signalsSchema } from '../../../relay/config/signals-schema.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { type Signals, startSignals } from '../../../relay/signals/receive/start-signals.ts';
import { openSignalStore } from '../../../relay/signals/signal-store.ts';
import { recordActs } from '../../../relay/start/record-acts.ts';
import { caep, pollSecret, startTransmitter, type TestTransmitter } from './start-transmitter.ts';

const audience = 'https://relay.example';
const issuer = 'https://idp.example';
const log = pino({ level: 'silent' });
let transmitter: TestTransmitter;
let dataDir: string;
let audit: AuditLog;
let signals: Signals;
let acts: { close(): void };

const start = (restMs = 20): Signals => {
  const [config] = signalsSchema.parse([
    {
      name: 'okta',
      transmitter: transmitter.url,
      poll: { url: `${transmitter.url}/poll`, bearer: pollSecret, timeout_seconds: 5 },
    },
  ]);
  if (config === undefined) throw new Error('there is a transmitter');
  return startSignals({
    transmitters: [{ config, audience, issuers: [issuer], caPem: undefined }],
    place: { dataDir },
    openStore: () => openSignalStore(dataDir),
    audit,
    log,
    maxBytes: 8192,
    restMs,
  });
};
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'causeway-polls-'));
  transmitter = await startTransmitter(audience);
  audit = await createAuditLog({ dataDir, log });
  acts = recordActs({ dataDir, audit, log, pollMs: 20 });
  signals = start();
});
afterAll(async () => {
  await signals.close();
  acts.close();
  await audit.close();
  await transmitter.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const patience = { timeout: 20_000 };
const marks = (subject: string): number => {
  const file = openRevocationFile(dataDir);
  try {
    return file.read(Date.now()).filter(({ name }) => name.includes(`"${subject}"`)).length;
  } finally {
    file.close();
  }
};
const refusalsOf = (subject: string): readonly object[] => {
  const reader = openAuditReader(dataDir);
  try {
    return [...reader.newestFirst({ type: 'authentication-refused' })].flatMap(({ record }) =>
      record.type === 'authentication-refused' && record.claimed?.subject === subject ? [record] : [],
    );
  } finally {
    reader.close();
  }
};
const offer = async (jti: string, subject: string, claims: object = {}): Promise<void> => {
  const events = { [`${caep}session-revoked`]: { subject: { format: 'iss_sub', iss: issuer, sub: subject } } };
  transmitter.offer(jti, await transmitter.set(events, { claims: { jti, ...claims } }));
};

describe('events that are fetched', () => {
  it('are acted on, then acknowledged', async () => {
    await offer('one', 'a-1');
    await vi.waitFor(() => expect(transmitter.acknowledged).toContain('one'), patience);
    expect(marks('a-1')).toBe(1);
  });

  it('are refused with a code when they will never be taken', async () => {
    await offer('wrong', 'a-2', { aud: 'https://other.example' });
    await vi.waitFor(
      () => expect(transmitter.refused.get('wrong')).toMatchObject({ err: 'invalid_audience' }),
      patience,
    );
    transmitter.offer('no-token', 'nonsense');
    await vi.waitFor(
      () => expect(transmitter.refused.get('no-token')).toMatchObject({ err: 'invalid_request' }),
      patience,
    );
    expect(marks('a-2')).toBe(0);
  });

  it.each<[string, TestTransmitter['broken']]>([
    ['refuses', (response) => void response.writeHead(403).end()],
    ['fails', (response) => void response.writeHead(500).end()],
    ['answers with something else', (response) => void response.end('[]')],
    ['hangs up', (response) => response.socket?.destroy()],
  ])('come when the transmitter %s for a while', async (trouble, broken) => {
    const before = transmitter.polls;
    transmitter.broken = broken;
    await vi.waitFor(() => expect(transmitter.polls).toBeGreaterThan(before), patience);
    transmitter.broken = null;
    await offer(`after ${trouble}`, `b-${trouble}`);
    await vi.waitFor(() => expect(transmitter.acknowledged).toContain(`after ${trouble}`), patience);
    expect(marks(`b-${trouble}`)).toBe(1);
  });

  it('that were acted on before a restart are acknowledged after it, and not acted on again', async () => {
    await signals.close();
    await offer('again', 'c-1');
    signals = start();
    await vi.waitFor(() => expect(transmitter.acknowledged).toContain('again'), patience);
    await signals.close();
    await offer('again', 'c-1');
    const count = transmitter.acknowledged.length;
    signals = start();
    await vi.waitFor(() => expect(transmitter.acknowledged.slice(count)).toContain('again'), patience);
    const store = openSignalStore(dataDir);
    const [state] = await store.states();
    store.close();
    expect(state).toMatchObject({ repeated: 1, stream: null });
    expect(marks('c-1')).toBe(1);
  });

  it('are recorded when they are refused, once for as long as they come again', async () => {
    transmitter.isDeaf = true;
    await offer('deaf', 'a-3', { aud: 'https://other.example', sub: 'a-3' });
    await vi.waitFor(() => expect(transmitter.refused.has('deaf')).toBe(true), patience);
    const before = transmitter.polls;
    await vi.waitFor(() => expect(transmitter.polls).toBeGreaterThan(before + 3), patience);
    transmitter.isDeaf = false;
    transmitter.forget('deaf');
    expect(refusalsOf('a-3')).toMatchObject([
      { code: 'token-rejected', remoteAddress: '', detail: expect.stringContaining('A token of okta isn’t taken') },
    ]);
  });

  it.each<[string, number, object]>([
    ['refused', 1, { aud: 'https://other.example' }],
    ['acknowledged', 2, {}],
  ])('that come again though they were %s are asked for with a rest', async (what, polls, claims) => {
    await signals.close();
    transmitter.isDeaf = true;
    await offer(`deaf ${what}`, `d-${what}`, claims);
    const before = transmitter.polls;
    // Longer than the test: who rests asks no more.
    signals = start(600_000);
    await vi.waitFor(() => expect(transmitter.polls - before).toBeGreaterThanOrEqual(polls), patience);
    await wait(300);
    expect(transmitter.polls - before).toBe(polls);
    transmitter.forget(`deaf ${what}`);
  });
});
