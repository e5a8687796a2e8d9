import { expect, it, onTestFinished } from 'vitest';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/install-programs.ts';
import { append, decision, openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';
import { appendDecisions, openSink, sinkSettings, upTo } from './sinks-world.ts';
import { prepareRsyslog } from './start-rsyslog.ts';

const program = findProgram('rsyslogd') ?? '';

it.skipIf(program === '')(
  'rsyslog stores every record in its order, also when it is killed and stopped on the way',
  async () => {
    const dataDir = temporaryFolder();
    const folder = temporaryFolder();
    const audit = await openAudit(dataDir);
    const certificates = await makeDemoCertificates(folder);
    const port = await freePort();
    const rsyslog = prepareRsyslog(program, folder, port, certificates);
    onTestFinished(() => rsyslog.stop('SIGKILL'));
    await append(
      audit,
      decision('odd', { path: '/a"b]c\\d', effect: 'deny', timeMs: Date.parse('2026-03-04T05:06:07.089Z') }),
    );
    await appendDecisions(audit, 2999);
    await rsyslog.start();
    const sink = openSink(
      dataDir,
      sinkSettings(
        {
          kind: 'syslog',
          host: '127.0.0.1',
          port,
          tls: { ca: certificates.ca },
          facility: 13,
          enterpriseNumber: 32_473,
          maxMessageBytes: 8192,
        },
        { batchRecords: 200, timeoutMs: 5000 },
      ),
    );
    for (const [seq, signal] of [
      [400, 'SIGKILL'],
      [1200, 'SIGTERM'],
      [2000, 'SIGKILL'],
    ] as const) {
      const { seq: confirmed } = await sink.until((cursor) => cursor.seq >= seq);
      // What rsyslog has read but not stored yet dies with it, and nobody can know that.
      while (!rsyslog.stored().some(({ data }) => data.includes(` seq="${confirmed}" `)))
        await new Promise(setImmediate);
      await rsyslog.stop(signal);
      await rsyslog.start();
    }
    await sink.until(({ seq }) => seq === 3000);
    await sink.stop();
    await rsyslog.stop('SIGTERM');

    const stored = rsyslog.stored();
    const seqs = stored.map(({ text }) => (JSON.parse(text) as { readonly seq: number }).seq);
    // What came twice came as a whole stretch again: first comings are in order.
    expect([...new Set(seqs)]).toEqual(upTo(3000));
    expect(stored[0]).toMatchObject({
      priority: 109,
      application: 'causeway-relay',
      id: 'decision',
      time: '2026-03-04T05:06:07.089Z',
      data: expect.stringContaining('path="/a\\"b\\]c\\\\d" effect="deny"') as string,
    });
  },
);
