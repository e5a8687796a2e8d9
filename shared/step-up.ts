import { z } from 'zod';
import type { UserProblem } from './errors.ts';
import type { StepUpState } from './snapshot.ts';

/** What a fresh sign-in must be like before a rule allows a request (RFC 9470 §3). */
export const stepUpSchema = z.object({
  /** Longest time since the person signed in, seconds. */
  maxAgeSeconds: z.number().min(0).optional(),
  /** Ways of signing in of which any one will do, as the provider names them (`acr_values`), best first. */
  acr: z.array(z.string()).optional(),
  /** The one path that the rule is about; left out when it is about more, or everything. */
  path: z.string().optional(),
});
export type StepUp = z.infer<typeof stepUpSchema>;

/** One sign-in that meets all demands, as far as one can: the shortest age, the ways that all accept. Null for none. */
export function strictestStepUp(demands: readonly StepUp[]): StepUp | null {
  if (demands.length === 0) return null;
  const ages = demands.flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? []);
  const ways = demands.flatMap(({ acr }) => (acr === undefined ? [] : [acr]));
  const [first = []] = ways;
  const common = first.filter((way) => ways.every((accepted) => accepted.includes(way)));
  return {
    ...(ages.length === 0 ? {} : { maxAgeSeconds: Math.min(...ages) }),
    ...(ways.length === 0 ? {} : { acr: common.length > 0 ? common : first }),
  };
}

/** What stopped the last try of a fresh sign-in that is asked for; null when nothing did. */
export function stepUpProblem(state: StepUpState | null | undefined): UserProblem | null {
  return state?.status === 'asked' ? state.problem : null;
}
