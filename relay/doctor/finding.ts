/** What the doctor looks at, in the order in which it tells of it. */
export const checkNames = [
  'version',
  'config',
  'files',
  'disk',
  'audit',
  'descriptors',
  'ports',
  'relay',
  'certificates',
  'clock',
  'names',
  'providers',
  'break-glass',
  'storage',
  'redis',
  'upstreams',
  'sinks',
] as const;

export type CheckName = (typeof checkNames)[number];

/**
 * `fine`; `warning`: works, but not for long or not for everybody; `error`: something doesn’t work; `skipped`: nothing
 * to look at, or another finding makes it pointless.
 */
export type Verdict = 'fine' | 'warning' | 'error' | 'skipped';

/** One thing that the doctor has looked at. It holds no secret. */
export interface Finding {
  readonly check: CheckName;
  /** Which one of several: a provider, an API, a file; empty where there is one only. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** What was found, a sentence. */
  readonly found: string;
  /** What to do; null where there is nothing. */
  readonly advice: string | null;
}

/** What a look at one thing has found; the check’s name comes with the check. */
export type Look = Omit<Finding, 'check'>;

/** Nothing is wrong with it. */
export function fine(subject: string, found: string): Look {
  return { subject, verdict: 'fine', found, advice: null };
}

/** It works, but not for long or not for everybody. */
export function warning(subject: string, found: string, advice: string): Look {
  return { subject, verdict: 'warning', found, advice };
}

/** It doesn’t work. */
export function failure(subject: string, found: string, advice: string): Look {
  return { subject, verdict: 'error', found, advice };
}

/** There is nothing to look at. */
export function skipped(subject: string, found: string): Look {
  return { subject, verdict: 'skipped', found, advice: null };
}

/** Exit code of the command: 0 nothing is wrong, 1 something doesn’t work, 3 warnings alone. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 3 {
  if (findings.some(({ verdict }) => verdict === 'error')) return 1;
  return findings.some(({ verdict }) => verdict === 'warning') ? 3 : 0;
}
