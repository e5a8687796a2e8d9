import type { ListedRelay } from '../../../console/api/admin-api.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Two relays that share a storage: this one on a working day, and one whose new config was refused. */
export function sampleRelays(nowMs: number): { readonly relays: readonly ListedRelay[]; readonly unreadable: null } {
  const processOf = (worker: number | null, tunnels: number, draining = false): ListedRelay['processes'][number] => ({
    draining,
    worker,
    pid: 4100 + (worker ?? 0),
    startedAtMs: nowMs - 26 * hourMs,
    atMs: nowMs,
    tunnels,
    streams: Math.round(tunnels / 60),
    memoryBytes: 96_000_000 + tunnels * 61_000,
    eventLoopDelayMs: { p50: 1.1, p99: 4.6, max: 31 },
  });
  const relay: ListedRelay = {
    id: 'relay-a',
    name: 'Example Company',
    url: 'https://relay.example.com',
    version: '0.1.0',
    startedAtMs: nowMs - 26 * hourMs,
    atMs: nowMs,
    ready: true,
    problems: [],
    auditHealthy: true,
    draining: false,
    takesTimedOrders: true,
    policyRevision: 'a3f81c04be2d',
    config: { loadedAtMs: nowMs - 5 * hourMs, refused: null },
    tunnels: 214,
    streams: 3,
    memoryBytes: 318_000_000,
    sparedAddresses: { always: ['127.0.0.0/8', '::1'], ofFindings: ['fe80::/10', '169.254.0.0/16'] },
    workers: [1, 2],
    downWorkers: [],
    processes: [processOf(null, 0), processOf(1, 204), processOf(2, 10, true)],
    self: true,
    silent: false,
    noOrders: null,
  };
  const other: ListedRelay = {
    ...relay,
    id: 'relay-b',
    atMs: nowMs - 8000,
    config: {
      loadedAtMs: nowMs - 30 * hourMs,
      refused: { atMs: nowMs - 5 * hourMs, reason: 'Without a line at 14: apis[2].upstream must be an address.' },
    },
    draining: true,
    tunnels: 12,
    workers: [],
    processes: [processOf(null, 12, true)],
    self: false,
  };
  return { relays: [relay, other], unreadable: null };
}

/** The same relays on a bad day: a worker of this one keeps ending, one is silent, one is of an older version. */
export function sampleRelaysInTrouble(nowMs: number): ReturnType<typeof sampleRelays> {
  const { relays, unreadable } = sampleRelays(nowMs);
  const [own, other] = relays;
  if (own === undefined || other === undefined) throw new Error('There are no relays.');
  const down = { worker: 2, sinceMs: nowMs - 7 * minuteMs, ends: 44, how: 'ended by SIGKILL', draining: false };
  const isDown =
    'Worker 2 is down since 2026-11-28 14:02 UTC: its process ended by SIGKILL, as 43 before it. It is started again by itself.';
  return {
    relays: [
      {
        ...own,
        ready: false,
        problems: [isDown],
        downWorkers: [down],
        processes: own.processes.filter(({ worker }) => worker !== 2),
      },
      { ...other, atMs: nowMs - 3 * hourMs, silent: true, noOrders: 'The relay relay-b has said nothing for 3 h.' },
      {
        ...other,
        id: 'relay-c',
        version: '0.0.9',
        draining: false,
        processes: other.processes.map((process) => ({ ...process, draining: false })),
        config: own.config,
        noOrders:
          'The relay relay-c runs version 0.0.9, whose orders have another form than those of this one (version 0.1.0): neither takes any of the other. Until relay-c is upgraded, drain it there: “relay drain --reason …” on the machine of relay-c, or at its own console.',
      },
    ],
    unreadable,
  };
}
