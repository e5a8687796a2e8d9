import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bench, Figure } from './figure.ts';
import { rounded } from './figure.ts';
import { relaysInTurns } from './measure/relays-in-turns.ts';

/** What each case is compared with: metrics with none, traces with a relay that has metrics and makes none. */
const baselines: Readonly<Record<string, string>> = {
  metrics: 'no-metrics',
  'traces-10': 'metrics',
  'traces-100': 'metrics',
};

/** What being looked at costs a relay: metrics off and on, traces off and of 10 % and all requests, side by side in one run. */
export const observe: Bench = async (options) => {
  const receiver = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const traced = (share: string): Readonly<Record<string, string>> => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: share,
  });
  try {
    const figures = await relaysInTurns(
      'observe',
      [
        { name: 'no-metrics', execArgv: ['--import', new URL('./observe/replace-metrics.ts', import.meta.url).href] },
        { name: 'metrics' },
        { name: 'traces-10', env: traced('0.1') },
        { name: 'traces-100', env: traced('1') },
      ],
      options,
      [32],
    );
    return figures.map((figure) => compared(figure, figures));
  } finally {
    receiver.close();
    receiver.closeAllConnections();
  }
};

function compared(figure: Figure, all: readonly Figure[]): Figure {
  const other = all.find((one) => one.case === baselines[figure.case])?.requestsPerSecond;
  if (other === undefined || figure.requestsPerSecond === undefined) return figure;
  return { ...figure, toBaseline: rounded(figure.requestsPerSecond / other) };
}
