import type { CertificateShown } from '../certificates/shown-certificates.ts';
import { type DownWorker, downWords, endedWords } from '../vitals/down-worker.ts';
import { drainedWords } from '../vitals/drained-words.ts';
import type { SinkStatus } from '../sinks/sink-status.ts';
import type { ProviderVitals } from '../identity/provider-vitals.ts';

/** Something that is wrong now, and what to do about it. */
export interface Problem {
  /** Stable name. */
  readonly code: ProblemCode;
  /** `critical`: people can’t work, or nothing can be recorded. `warning`: soon they can’t. `info`: somebody waits. */
  readonly severity: 'critical' | 'warning' | 'info';
  /** What it is about: a provider, sink or certificate; null for the relay itself. */
  readonly about: string | null;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
  /** Where in the admin API there is more of it. */
  readonly look: string;
}

export type ProblemCode =
  | 'audit-unhealthy'
  | 'shared-state-away'
  | 'state-unreadable'
  | 'not-ready'
  | 'provider-unreachable'
  | 'provider-keys-old'
  | 'provider-clock-differs'
  | 'certificate-ended'
  | 'certificate-ends-soon'
  | 'reload-failed'
  | 'sink-behind'
  | 'disk-nearly-full'
  | 'draining'
  | 'worker-draining'
  | 'worker-down'
  | 'relay-silent'
  | 'erasure-unfinished'
  | 'access-requests-waiting'
  | 'anomalies-unacknowledged'
  | 'emergency-sign-in';

/** What is looked at; what couldn’t be read is null, with `unreadable` saying why. Times are milliseconds since the epoch. */
export interface Situation {
  readonly nowMs: number;
  readonly auditHealthy: boolean;
  /** What the relay says keeps it from being ready, in words. */
  readonly problems: readonly string[];
  readonly sharedProblem: string | null;
  readonly draining: boolean;
  /** Workers that are drained alone. */
  readonly drainedWorkers: readonly number[];
  /** Relays that share something with this one and fell silent within the last day, without having said that they end. */
  readonly silentRelays: readonly { readonly id: string; readonly atMs: number }[];
  /** Workers that nobody is served by. */
  readonly downWorkers: readonly DownWorker[];
  readonly providers: readonly ProviderVitals[];
  readonly certificates: readonly CertificateShown[];
  /** Why the last config that was read isn’t in force; null when it is. */
  readonly reloadRefused: { readonly atMs: number; readonly reason: string } | null;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
  readonly sinks: readonly Pick<SinkStatus, 'name' | 'state' | 'waiting' | 'oldestWaitingSeconds' | 'error'>[] | null;
  readonly accessRequestsWaiting: number | null;
  readonly anomaliesUnacknowledged: number | null;
  /** Sign-ins with emergency accounts that nobody has acknowledged, newest first. */
  readonly emergencySignIns: readonly { readonly timeMs: number }[] | null;
  /** What people are called now whose erasure hasn’t come to its end. */
  readonly erasures: readonly string[] | null;
  readonly unreadable: string | null;
}

const oldKeysMs = 3_600_000;
const clockDifferenceMs = 60_000;
const leastFreeBytes = 1_073_741_824;
const leastFreeShare = 0.05;

/** What is wrong now, the worst first. Pure. */
export function problemsOf(situation: Situation): readonly Problem[] {
  const found = [...relayProblems(situation), ...providerProblems(situation), ...stateProblems(situation)];
  const order = { critical: 0, warning: 1, info: 2 };
  return found.toSorted((one, other) => order[one.severity] - order[other.severity]);
}

function relayProblems(situation: Situation): readonly Problem[] {
  const { auditHealthy, sharedProblem, reloadRefused, disk, draining, certificates, nowMs } = situation;
  const drainedWorkers = draining ? [] : situation.drainedWorkers;
  const relay = { about: null, look: '/admin/v1/relays' } as const;
  return [
    ...when(!auditHealthy, {
      ...relay,
      code: 'audit-unhealthy',
      severity: 'critical',
      what: 'The audit can’t be written: every request is refused.',
      why: 'The disk is full, slow or gone, or the file isn’t the relay’s.',
      remedy: 'Free space or repair the disk of relay.data. The relay goes on by itself (docs/operate.md).',
    }),
    ...when(sharedProblem !== null, {
      ...relay,
      code: 'shared-state-away',
      severity: 'critical',
      what: 'What the relays share can’t be reached: no sign-in is taken, open tunnels go on for a while.',
      why: sharedProblem ?? '',
      remedy: 'Bring the storage (PostgreSQL) or Redis back, or the way to it. The relay goes on by itself.',
    }),
    ...when(reloadRefused !== null, {
      ...relay,
      code: 'reload-failed',
      severity: 'warning',
      what: 'The config file was changed and refused: the one before is in force.',
      why: reloadRefused?.reason ?? '',
      remedy: 'Correct the file; the relay reads it by itself. After a restart it would not start with it.',
      look: '/admin/v1/config',
    }),
    ...when(disk !== null && isScarce(disk), {
      ...relay,
      code: 'disk-nearly-full',
      severity: 'warning',
      what: `The disk of relay.data has ${megabytes(disk?.freeBytes ?? 0)} MB left.`,
      why: 'When it is full nothing can be recorded, and every request is refused.',
      remedy: 'Free space, or let audit.keep_days cut the audit (docs/operate.md).',
    }),
    ...situation.downWorkers.map(downProblem),
    ...situation.silentRelays.map(silentProblem),
    ...when(draining, {
      ...relay,
      code: 'draining',
      severity: 'info',
      what: 'This relay sends people elsewhere and takes no new tunnels.',
      why: 'An operator has asked for it.',
      remedy: 'Undrain it when the work is done.',
    }),
    ...drainedWorkers.map((worker): Problem => ({
      ...relay,
      code: 'worker-draining',
      severity: 'info',
      about: `worker ${worker}`,
      what: `Worker ${worker} sends its people to the other workers and takes no new tunnels.`,
      why: 'An operator has asked for it.',
      remedy: 'Undrain it when the work is done.',
    })),
    ...certificates.flatMap((certificate) => certificateProblem(certificate, nowMs)),
  ];
}

const utc = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

function downProblem({ worker, sinceMs, ...down }: DownWorker): Problem {
  return {
    code: 'worker-down',
    severity: 'critical',
    about: `worker ${worker}`,
    what: `Worker ${worker} is down since ${utc.format(sinceMs)} UTC: the relay isn’t ready, and the other workers have its people.`,
    why: `Its process ${endedWords(down)}.`,
    remedy: 'The relay starts it again by itself. If it goes on ending, the relay’s log says why.',
    look: '/admin/v1/relays',
  };
}

function silentProblem({ id, atMs }: Situation['silentRelays'][number]): Problem {
  return {
    code: 'relay-silent',
    severity: 'warning',
    about: id,
    what: `The relay ${id} has said nothing since ${utc.format(atMs)} UTC.`,
    why: 'It is down without having been stopped, or cut off from what the relays share.',
    remedy: 'Look at its machine; its people come to the other relays meanwhile.',
    look: '/admin/v1/relays',
  };
}

function certificateProblem({ use, names, notAfterMs, state }: CertificateShown, nowMs: number): readonly Problem[] {
  if (state !== 'ended' && state !== 'ends-soon') return [];
  const days = Math.floor((notAfterMs - nowMs) / 86_400_000);
  return [
    {
      code: state === 'ended' ? 'certificate-ended' : 'certificate-ends-soon',
      severity: state === 'ended' ? 'critical' : 'warning',
      about: use,
      what:
        state === 'ended' ? `The certificate of ${use} has ended.` : `The certificate of ${use} ends in ${days} days.`,
      why: `It is for ${names.join(', ') || 'no name'} and ends on ${utc.format(notAfterMs)} UTC.`,
      remedy: 'Put a new one into the file; the relay reads it by itself.',
      look: '/admin/v1/certificates',
    },
  ];
}

function providerProblems({ providers, problems, sharedProblem, downWorkers, nowMs }: Situation): readonly Problem[] {
  const told = new Set([
    drainedWords,
    sharedProblem,
    ...providers.map(({ lastError }) => lastError?.detail),
    ...downWorkers.map(downWords),
  ]);
  const others = problems.filter((words) => !told.has(words));
  return [
    ...providers.flatMap((provider) => providerProblem(provider, nowMs)),
    ...others
      .filter((words) => !providers.some(({ ready, name }) => !ready && words.startsWith(name)))
      .map((words): Problem => ({
        code: 'not-ready',
        severity: 'critical',
        about: null,
        what: 'The relay isn’t ready.',
        why: words,
        remedy: 'Look at its log.',
        look: '/admin/v1/relay',
      })),
  ];
}

function providerProblem(provider: ProviderVitals, nowMs: number): readonly Problem[] {
  const { name, issuer, ready, failures, lastError, keysFetchedAtMs, clockDifferenceMs: clock } = provider;
  const common = { about: name, look: '/admin/v1/providers' } as const;
  const ageMs = keysFetchedAtMs === null ? null : nowMs - keysFetchedAtMs;
  return [
    ...when(!ready, {
      ...common,
      code: 'provider-unreachable',
      severity: 'critical',
      what: `Nobody can sign in with ${name}: its keys aren’t known.`,
      why: lastError?.detail ?? `${issuer} hasn’t answered yet.`,
      remedy: 'See whether the relay’s machine reaches the provider: names, proxy, certificate authority.',
    }),
    ...when(ready && failures > 0 && ageMs !== null && ageMs > oldKeysMs, {
      ...common,
      code: 'provider-keys-old',
      severity: 'warning',
      what: `The keys of ${name} are ${Math.floor((ageMs ?? 0) / 3_600_000)} h old and can’t be fetched.`,
      why: lastError?.detail ?? '',
      remedy: 'Bring the provider, or the way to it, back before they are too old (max_stale_keys_seconds).',
    }),
    ...when(clock !== null && Math.abs(clock) > clockDifferenceMs, {
      ...common,
      code: 'provider-clock-differs',
      severity: 'warning',
      what: `The clocks of ${name} and of the relay differ by ${Math.round(Math.abs(clock ?? 0) / 1000)} s.`,
      why: 'Tokens then seem to be from the future, or over too early.',
      remedy: 'Set the clock of the relay’s machine by NTP.',
    }),
  ];
}

function stateProblems(situation: Situation): readonly Problem[] {
  const { sinks, accessRequestsWaiting: waiting, anomaliesUnacknowledged: anomalies, unreadable } = situation;
  return [
    ...emergencyProblem(situation.emergencySignIns ?? []),
    ...when(unreadable !== null, {
      code: 'state-unreadable',
      severity: 'warning',
      about: null,
      what: 'Requests for access, anomalies and sinks can’t be looked at now.',
      why: unreadable ?? '',
      remedy: 'Ask again once the storage answers.',
      look: '/admin/v1/relay',
    }),
    ...(situation.erasures ?? []).map((person): Problem => ({
      code: 'erasure-unfinished',
      severity: 'warning',
      about: person,
      what: `The erasure of ${person} is under way, or was broken off.`,
      why: 'The keys are thrown away; sessions, counts or grants may still have the person.',
      remedy: 'The relay goes on with it within ten minutes, once the person, if they are back, is not at work.',
      look: '/admin/v1/relay',
    })),
    ...(sinks ?? []).flatMap((sink) =>
      when(sink.state === 'late' || sink.state === 'failing' || sink.state === 'ended', {
        code: 'sink-behind',
        severity: 'warning',
        about: sink.name,
        what: `The audit doesn’t get to ${sink.name}: ${sink.waiting} records wait.`,
        why: sink.error ?? `The oldest has waited for ${sink.oldestWaitingSeconds ?? 0} s.`,
        remedy: 'Repair the receiver. Nothing is lost meanwhile: it goes on where it stopped.',
        look: '/admin/v1/audit',
      }),
    ),
    ...when(waiting !== null && waiting > 0, {
      code: 'access-requests-waiting',
      severity: 'info',
      about: null,
      what: waiting === 1 ? 'One request for access waits.' : `${waiting} requests for access wait.`,
      why: 'Nobody has decided yet.',
      remedy: 'Approve or refuse.',
      look: '/admin/v1/access-requests?status=pending',
    }),
    ...when(anomalies !== null && anomalies > 0, {
      code: 'anomalies-unacknowledged',
      severity: 'warning',
      about: null,
      what:
        anomalies === 1
          ? 'One finding out of the ordinary has not been looked at.'
          : `${anomalies} findings out of the ordinary have not been looked at.`,
      why: 'Found within the last seven days.',
      remedy: 'Look at each, lock or end what is wrong, and acknowledge it with a note.',
      look: '/admin/v1/anomalies?acknowledged=false',
    }),
  ];
}

function emergencyProblem(signIns: NonNullable<Situation['emergencySignIns']>): readonly Problem[] {
  const [newest] = signIns;
  if (newest === undefined) return [];
  return [
    {
      code: 'emergency-sign-in',
      severity: 'critical',
      about: null,
      what:
        signIns.length === 1
          ? 'Somebody has signed in with an emergency account.'
          : `There were ${signIns.length} sign-ins with emergency accounts.`,
      why: `The newest was at ${new Date(newest.timeMs).toISOString()}, and nobody has acknowledged it.`,
      remedy:
        'Ask who it was and why. Otherwise disable the account and end its sessions; then acknowledge it with a note.',
      look: '/admin/v1/anomalies?acknowledged=false',
    },
  ];
}

function when(isSo: boolean, problem: Problem): readonly Problem[] {
  return isSo ? [problem] : [];
}

function isScarce({ freeBytes, totalBytes }: NonNullable<Situation['disk']>): boolean {
  return freeBytes < leastFreeBytes || freeBytes < totalBytes * leastFreeShare;
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
