import type { ApiConfig } from '../config/config-schema.ts';
import { foldLeniently, type PathReadings } from './path-readings.ts';
import { indexRules } from './rule-index.ts';
import { type CompiledRule, compileRule, isFleeting } from './compile-rule.ts';

/** One API with its rules, as compiled; all lists keep the file's order. */
export interface CompiledApi {
  readonly config: ApiConfig;
  readonly allows: readonly CompiledRule[];
  readonly denies: readonly CompiledRule[];
  /** Rules of each kind that match a method and a path, whoever asks; in the file's order. */
  matching(method: string, readings: PathReadings): MatchingRules;
  /** No verdict depends on the moment, so it may be remembered. */
  readonly isTimeless: boolean;
}

export interface MatchingRules {
  readonly denies: readonly CompiledRule[];
  readonly allows: readonly CompiledRule[];
}

/** Compiles the rules of one API; its patterns must have passed `pathPatternProblem`. */
export function compileApi(config: ApiConfig): CompiledApi {
  const rules = config.rules.map((rule) => compileRule(rule, config));
  const allows = rules.filter((rule) => rule.effect === 'allow');
  const denies = rules.filter((rule) => rule.effect === 'deny');
  const lower = (text: string): string => text.toLowerCase();
  const asWritten = (text: string): string => text;
  const allowIndex = indexRules(allows, [config.case_insensitive_paths ? lower : asWritten]);
  const denyIndex = indexRules(denies, [asWritten, foldLeniently]);
  return {
    config,
    allows,
    denies,
    matching(method, readings) {
      const { exact, lenient } = readings;
      const matches = (rule: CompiledRule): boolean => rule.coversMethod(method) && rule.coversPath(readings);
      return {
        denies: denyIndex.candidates([exact, ...lenient]).filter(matches),
        allows: allowIndex.candidates([config.case_insensitive_paths ? exact.map(lower) : exact]).filter(matches),
      };
    },
    isTimeless: !rules.some(isFleeting),
  };
}
