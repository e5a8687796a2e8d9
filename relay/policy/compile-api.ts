import type { ApiConfig } from '../config/config-schema.ts';
import { type CompiledRule, compileRule, isFleeting } from './compile-rule.ts';

/** One API with its rules, as compiled; all lists keep the file's order. */
export interface CompiledApi {
  readonly config: ApiConfig;
  readonly allows: readonly CompiledRule[];
  readonly denies: readonly CompiledRule[];
  /** No verdict depends on the moment, so it may be remembered. */
  readonly isTimeless: boolean;
}

/** Compiles the rules of one API; its patterns must have passed `pathPatternProblem`. */
export function compileApi(config: ApiConfig): CompiledApi {
  const rules = config.rules.map((rule) => compileRule(rule, config));
  return {
    config,
    allows: rules.filter((rule) => rule.effect === 'allow'),
    denies: rules.filter((rule) => rule.effect === 'deny'),
    isTimeless: !rules.some(isFleeting),
  };
}
