import type { ApiConfig } from '../config/config-schema.ts';
import { pathFormsOf } from '../config/path-forms-of.ts';
import { asWritten, type CompiledRule, compileRule, inLowerCase, isFleeting } from './compile-rule.ts';
import { issuerRules, type PolicyIssuer } from './issuer-rules.ts';
import { bareName } from '../config/values/path-pattern.ts';
import type { PathReadings } from './path-readings.ts';
import { indexRules, type RulesOfEachKind } from './rule-index.ts';
import { createSharedParts, type SharedParts } from './shared-parts.ts';

/** One API with its rules, as compiled; all lists keep the file's order, behind what issuers must not reach. */
export interface CompiledApi extends RulesOfEachKind {
  readonly config: ApiConfig;
  readonly pathForms: ReturnType<typeof pathFormsOf>;
  /** Rules of each kind that match a method and a path, whoever asks; in the file's order. */
  matching(method: string, readings: PathReadings): RulesOfEachKind;
  /** No verdict depends on the moment, so it may be remembered. */
  readonly isTimeless: boolean;
}

/** Compiles the rules of one API; its patterns must have passed `pathPatternProblem`. */
export function compileApi(
  config: ApiConfig,
  parts: SharedParts = createSharedParts(),
  issuers: readonly PolicyIssuer[] = [],
): CompiledApi {
  const rules = [
    ...issuerRules(config, issuers, parts),
    ...config.rules.map((rule) => compileRule(rule, config, parts)),
  ];
  const allows = rules.filter((rule) => rule.effect === 'allow');
  const denies = rules.filter((rule) => rule.effect === 'deny');
  const isCaseless = config.case_insensitive_paths;
  const allowIndex = indexRules(allows, asWritten);
  const denyIndex = indexRules(denies, bareName);
  return {
    config,
    pathForms: pathFormsOf(config),
    allows,
    denies,
    matching(method, readings) {
      const { exact, lenient, isPlain } = readings;
      const matches = (rule: CompiledRule): boolean => rule.coversMethod(method) && rule.coversPath(readings);
      const allowed = allowIndex.candidates(isCaseless ? exact.map(inLowerCase) : exact);
      const [usual = exact, ...others] = lenient;
      const denied =
        isPlain && others.length === 0
          ? denyIndex.candidates(usual)
          : inOrder(
              denies,
              [exact, ...lenient].map((segments) => denyIndex.candidates(segments)),
            );
      return { denies: denied.filter(matches), allows: allowed.filter(matches) };
    },
    isTimeless: !rules.some(isFleeting),
  };
}

/** Deny rules that any reading of a path has found. */
function inOrder(
  denies: readonly CompiledRule[],
  found: readonly (readonly CompiledRule[])[],
): readonly CompiledRule[] {
  const candidates = new Set(found.flat());
  return denies.filter((rule) => candidates.has(rule));
}
