import type { Figure } from '../figure.ts';

type Measure = 'requestsPerSecond' | 'cpuMsPerRequest' | 'p50Ms' | 'p99Ms' | 'bytesPerSecond';

interface Aim {
  readonly case: string;
  readonly measure: Measure;
  readonly words: string;
  readonly beside: 'chisel' | 'ssh' | 'ssh-apache';
  readonly bound: { readonly least: number } | { readonly most: number };
}

/** What the main path is to reach beside tunnels that decide less. */
const aims: readonly Aim[] = [
  ...(['chisel', 'ssh-apache'] as const).map((beside) => ({
    case: 'small-json-c32',
    measure: 'requestsPerSecond' as const,
    words: 'requests/s, 32 connections',
    beside,
    bound: { least: beside === 'chisel' ? 1 : 2.5 },
  })),
  {
    case: 'small-json-c32',
    measure: 'cpuMsPerRequest',
    words: 'processor time a request, 32 connections',
    beside: 'chisel',
    bound: { most: 1 },
  },
  ...(['ssh-apache', 'chisel'] as const).map((beside) => ({
    case: 'small-json-c1',
    measure: 'p50Ms' as const,
    words: 'half of the requests within, one connection',
    beside,
    bound: { most: beside === 'chisel' ? 1.5 : 0.9 },
  })),
  ...([1, 32] as const).map((connections) => ({
    case: `small-json-c${connections}`,
    measure: 'p99Ms' as const,
    words: `99 % of the requests within, ${connections === 1 ? 'one connection' : `${connections} connections`}`,
    beside: 'ssh-apache' as const,
    bound: { most: 0.2 },
  })),
  ...(['down', 'up'] as const).map((direction) => ({
    case: `${direction}load-1gb`,
    measure: 'bytesPerSecond' as const,
    words: `bytes/s ${direction}`,
    beside: 'ssh' as const,
    bound: { least: 1.1 },
  })),
];

/** Each aim in a line: how Causeway stands beside the other, and whether that is enough. Those not measured are left out. */
export function aimsReached(figures: readonly Figure[]): string[] {
  const of = (system: string, { case: benchCase, measure }: Aim): number | undefined =>
    figures.find((figure) => figure.system === system && figure.case === benchCase)?.[measure];
  return aims.flatMap((aim) => {
    const [own, other] = [of('causeway', aim), of(aim.beside, aim)];
    if (own === undefined || other === undefined) return [];
    const share = own / other;
    const isLeast = 'least' in aim.bound;
    const isReached = 'least' in aim.bound ? share >= aim.bound.least : share <= aim.bound.most;
    const bound = 'least' in aim.bound ? aim.bound.least : aim.bound.most;
    const wanted = `${isLeast ? 'at least' : 'at most'} ${bound}`;
    return [`${aim.words}: ${share.toFixed(2)} of ${aim.beside} (${wanted}), ${isReached ? 'reached' : 'not reached'}`];
  });
}
