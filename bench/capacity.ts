import { ingestCase } from './audit/ingest-case.ts';
import { capacityFor } from './capacity/model.ts';
import { capacityRows, markdownTable } from './capacity/capacity-table.ts';
import { measureNode } from './capacity/measure-node.ts';
import type { NodeFigures } from './capacity/node-figures.ts';
import { type Bench, type Figure, rounded } from './figure.ts';
import { storage } from './storage.ts';

const crowds = [50, 5000, 100_000] as const;
/** What a record takes in PostgreSQL where this machine has none to ask. */
const sharedBytesElsewhere = 480;

/** What one node takes, and by it what companies of three sizes need; docs/capacity.md says what it means. */
export const capacity: Bench = async (options) => {
  const ofTunnels = await measureNode(options.quick, options.say);
  // What a record takes is the same among few and many.
  const kept = await storage({ ...options, quick: true, say: () => undefined });
  const shared = await ingestCase({ ...options, quick: true, rounds: 1 });
  const bytes = (of: readonly Figure[], name: string): number | undefined =>
    of.find((figure) => figure.case === name)?.bytesEach;
  const figures: NodeFigures = {
    ...ofTunnels,
    recordDiskBytes: (bytes(kept, 'audit-record') ?? 0) + (bytes(kept, 'audit-index-record') ?? 0),
    recordSharedBytes: bytes(shared, 'ingest') ?? sharedBytesElsewhere,
    sessionBytes: bytes(kept, 'session') ?? 0,
  };
  options.say(
    markdownTable(Object.entries(figures).map(([figure, value]) => ({ figure, value: String(rounded(value)) }))),
  );
  options.say('');
  options.say(markdownTable(crowds.map((people) => capacityRows(capacityFor(people, figures)))));
  const row = (name: string, rest: Partial<Figure>): Figure => ({
    bench: 'capacity',
    case: name,
    system: 'causeway',
    ...rest,
  });
  return [
    row('request', {
      relayCpuMsPerRequest: rounded(figures.requestCpuMs),
      bytesEach: rounded(figures.requestBytes),
    }),
    row('open-tunnel', {
      relayCpuMsPerRequest: rounded(figures.openCpuMs),
      bytesEach: rounded(figures.tunnelMemoryBytes),
    }),
    row('idle-minute', {
      relayCpuMsPerRequest: rounded(figures.idleMinuteCpuMs),
      bytesEach: rounded(figures.idleMinuteBytes),
    }),
  ];
};
