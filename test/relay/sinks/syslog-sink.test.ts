import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReceiverTls, SinkPlace } from '../../../relay/sinks/sink-settings.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { makeCertificate } from '../config/config-folder.ts';
import { openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';
import { appendDecisions, openSink, sinkSettings, upTo } from './sinks-world.ts';
import { startSyslogReceiver, type SyslogTrouble } from './start-syslog-receiver.ts';

let ca = '';
let tls = { cert: '', key: '' };
beforeAll(async () => {
  const made = await makeDemoCertificates(mkdtempSync(join(tmpdir(), 'causeway-sinks-')));
  ({ ca } = made);
  tls = { cert: readFileSync(made.certPath, 'utf8'), key: readFileSync(made.keyPath, 'utf8') };
});

const place = (port: number, receiver: ReceiverTls = { ca }): SinkPlace => ({
  kind: 'syslog',
  host: '127.0.0.1',
  port,
  tls: receiver,
  facility: 13,
  enterpriseNumber: 32_473,
  maxMessageBytes: 8192,
});

describe('syslog', () => {
  it.each<[string, SyslogTrouble, RegExp]>([
    ['ends the connection at once', (socket) => socket.end(), /ended the connection early/],
    ['cuts it off at once', (socket) => socket.destroy(), /ended the connection early|ECONNRESET/],
    [
      'leaves after the first bytes',
      (socket) => socket.once('data', () => socket.destroy()),
      /ended the connection early|ECONNRESET|EPIPE/,
    ],
    ['never reads', (socket) => socket.pause(), /didn’t (take|end)/],
    [
      'reads but never ends the connection',
      (socket) => {
        socket.allowHalfOpen = true;
        socket.resume();
      },
      /didn’t end the connection/,
    ],
  ])('sends all again to a receiver that %s', async (_, trouble, reason) => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 400);
    const receiver = await startSyslogReceiver(tls, [trouble]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.port), { timeoutMs: 1500 }));
    const failed = await sink.until(({ error }) => error !== null);
    expect(failed).toMatchObject({ seq: 0, error: expect.stringMatching(reason) as string });
    await sink.until(({ seq }) => seq === 400);
    expect(receiver.seqs).toEqual(upTo(400));
  });

  it('goes only to a receiver with a certificate of its authority, and with its own where one is asked for', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 2);
    const own = await makeCertificate();
    const receiver = await startSyslogReceiver({ ...tls, ca: own.cert, requestCert: true });
    const stranger = openSink(dataDir, sinkSettings(place(receiver.port, {}), { name: 'stranger' }));
    expect((await stranger.until(({ error }) => error !== null)).error).toMatch(/certificate/);
    await stranger.stop();
    const nameless = openSink(dataDir, sinkSettings(place(receiver.port), { name: 'nameless' }));
    expect((await nameless.until(({ error }) => error !== null)).error).toMatch(/certificate|ECONNRESET|early/);
    await nameless.stop();
    expect(receiver.seqs).toEqual([]);
    const sink = openSink(dataDir, sinkSettings(place(receiver.port, { ca, certificate: own })));
    await sink.until(({ seq }) => seq === 2);
    expect(receiver.seqs).toEqual([1, 2]);
  });

  it('catches up with a receiver that was away', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await appendDecisions(audit, 10);
    const gone = await startSyslogReceiver(tls);
    gone.close();
    const sink = openSink(dataDir, sinkSettings(place(gone.port), { batchRecords: 100 }));
    expect((await sink.until(({ attempts }) => attempts > 2)).error).toMatch(/ECONNREFUSED/);
    await sink.stop();
    await appendDecisions(audit, 990);
    const receiver = await startSyslogReceiver(tls);
    const again = openSink(dataDir, sinkSettings(place(receiver.port), { batchRecords: 100 }));
    await again.until(({ seq }) => seq === 1000);
    // What is on its way isn't read yet on a busy machine.
    await expect.poll(() => receiver.seqs, { timeout: 20_000 }).toEqual(upTo(1000));
  });
});
