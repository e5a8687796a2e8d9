import type { ConfigInput } from '../test/support/demo-config.ts';
import type { Bench } from './figure.ts';
import { relaysInTurns } from './measure/relays-in-turns.ts';
import { startScript } from './start-process.ts';

const secretVariable = 'CAUSEWAY_BENCH_SINK_SECRET';

type SinkInput = NonNullable<NonNullable<ConfigInput['audit']>['sinks']>[number];

/** What sending the audit elsewhere costs the main path: small JSON on 32 connections, without a sink and with one, in turns. */
export const sinks: Bench = async (options) => {
  process.env[secretVariable] = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const receiver = await startScript('sink-receiver', {});
  const sinksOf: Readonly<Record<string, SinkInput[]>> = {
    'audit-on': [],
    'audit-shipping-file': [{ name: 'bench', kind: 'file', path: 'data/audit.jsonl' }],
    'audit-shipping-webhook': [
      {
        name: 'bench',
        kind: 'webhook',
        url: `http://127.0.0.1:${Number(receiver.ready['port'])}/`,
        secrets: [`\${env:${secretVariable}}`],
      },
    ],
  };
  try {
    const variants = Object.entries(sinksOf).map(([name, sinks]) => ({
      name: `main-path-${name}`,
      more: { audit: { sinks } },
    }));
    return await relaysInTurns('sinks', variants, options, [32]);
  } finally {
    await receiver.close();
  }
};
