import type { StepUp } from '../../shared/step-up.ts';
import type { RuleConfig } from '../config/config-schema.ts';
import type { PolicySubject } from './decision.ts';
import { listWords, onlyPlace } from './rule-words.ts';

/** The sign-in that an allow rule asks for. */
export interface StepUpDemand {
  /** As the caller is told (RFC 9470 §3). */
  readonly stepUp: StepUp;
  /** For example “a sign-in from the last 15 minutes”. */
  readonly words: string;
  /** It may hold for one request and not for the next. */
  readonly ages: boolean;
  isMetBy(subject: PolicySubject, timeMs: number): boolean;
}

/** What the rule asks of the sign-in; null when nothing. A token that doesn't say it doesn't meet it. */
export function compileStepUp({ max_auth_age: maxAgeSeconds, acr, paths }: RuleConfig): StepUpDemand | null {
  if (maxAgeSeconds === undefined && acr === undefined) return null;
  const words = [
    ...(maxAgeSeconds === undefined ? [] : [`a sign-in from the last ${spanWords(maxAgeSeconds)}`]),
    ...(acr === undefined ? [] : [`a sign-in of the kind ${listWords(acr, 'or')}`]),
  ];
  const path = onlyPlace(paths);
  return {
    stepUp: {
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
      ...(acr === undefined ? {} : { acr: [...acr] }),
      ...(path === null ? {} : { path }),
    },
    words: listWords(words),
    ages: maxAgeSeconds !== undefined,
    isMetBy: (subject, timeMs) =>
      (acr === undefined || (subject.acr !== undefined && acr.includes(subject.acr))) &&
      (maxAgeSeconds === undefined ||
        (subject.authTimeMs !== undefined && timeMs - subject.authTimeMs <= maxAgeSeconds * 1000)),
  };
}

/** “90 seconds”, “15 minutes”, “8 hours”: the largest unit that says it exactly. */
export function spanWords(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const [unit, size] = units.find(([, length]) => seconds >= length && seconds % length === 0) ?? ['second', 1];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
