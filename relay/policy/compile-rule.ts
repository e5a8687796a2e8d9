import type { ReasonValue } from '../../shared/reason.ts';
import type { ApiConfig, RuleConfig } from '../config/config-schema.ts';
import { type CallerCondition, compileCallerConditions } from './caller-conditions.ts';
import type { PolicyContext, PolicySubject } from './decision.ts';
import {
  coversPattern,
  literalBeginning,
  matchesLeniently,
  matchesPath,
  type PathPattern,
} from '../config/values/path-pattern.ts';
import { foldLeniently, type PathReadings } from './path-readings.ts';
import { methodValue, methodWords, placeValue, placeWords } from './rule-words.ts';
import type { SharedParts } from './shared-parts.ts';
import { compileSituationConditions, type SituationCondition } from './situation-conditions.ts';
import { compileStepUp, type StepUpDemand } from './step-up-demand.ts';

/** A caller with his groups as a set. */
export interface Caller {
  readonly subject: PolicySubject;
  readonly groups: ReadonlySet<string>;
}

/** A rule of one API, ready to decide. */
export interface CompiledRule {
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  readonly description: string | undefined;
  /** Empty with `everyone` false means nobody. */
  readonly groups: readonly string[];
  readonly everyone: boolean;
  /** Null means every method. GET brings HEAD with it. */
  readonly methods: ReadonlySet<string> | null;
  /** What it asks of the caller besides groups. */
  readonly callerConditions: readonly CallerCondition[];
  /** What it asks of the moment. */
  readonly situations: readonly SituationCondition[];
  /** The sign-in that it asks for; always null for a deny rule. */
  readonly stepUp: StepUpDemand | null;
  /** As written, for coverage and for words. */
  readonly patterns: readonly PathPattern[];
  /** The literal segments that its patterns begin with, in every way in which it reads paths. */
  readonly beginnings: readonly (readonly string[])[];
  /** “Rule “x” allows GET and HEAD under /v1”, the beginning of a reason. */
  readonly sentence: string;
  /** What the sentence speaks of, for the sentence in another language. */
  readonly subject: { readonly rule: string; readonly methods: ReasonValue; readonly places: ReasonValue };
  coversMethod(method: string): boolean;
  coversPath(readings: PathReadings): boolean;
}

/** Compiles one rule; its patterns must have passed `pathPatternProblem`. */
export function compileRule(
  rule: RuleConfig,
  api: Pick<ApiConfig, 'case_insensitive_paths'>,
  parts: SharedParts,
): CompiledRule {
  const { effect } = rule;
  const isDeny = effect === 'deny';
  const groups = rule.groups ?? ['*'];
  let sentence: string | undefined;
  return {
    name: rule.name,
    effect,
    description: rule.description,
    groups: parts.of('groups', groups, () => groups.filter((group) => group !== '*').map((group) => parts.text(group))),
    everyone: groups.includes('*'),
    callerConditions: compileCallerConditions(rule),
    situations: compileSituationConditions(rule),
    stepUp: isDeny ? null : compileStepUp(rule),
    ...parts.of(`methods ${effect}`, rule.methods, () => compileMethods(rule.methods, isDeny)),
    ...parts.of(`paths ${effect} ${api.case_insensitive_paths}`, rule.paths, () =>
      compilePaths(rule.paths, isDeny ? 'leniently' : api.case_insensitive_paths ? 'in-lower-case' : 'exactly', parts),
    ),
    get sentence() {
      const verb = isDeny ? 'denies' : 'allows';
      return (sentence ??= `Rule “${rule.name}” ${verb} ${methodWords(this.methods)} ${placeWords(rule.paths)}`);
    },
    get subject() {
      return { rule: rule.name, methods: methodValue(this.methods), places: placeValue(rule.paths) };
    },
  };
}

function compileMethods(names: readonly string[], isDeny: boolean): Pick<CompiledRule, 'methods' | 'coversMethod'> {
  if (names.includes('*')) return { methods: null, coversMethod: () => true };
  const methods = new Set(names);
  if (methods.has('GET')) methods.add('HEAD');
  // Methods are case-sensitive (RFC 9110 §9.1); a deny holds for a server that thinks otherwise.
  return { methods, coversMethod: (method) => methods.has(isDeny ? method.toUpperCase() : method) };
}

function compilePaths(
  sources: readonly string[],
  way: 'exactly' | 'in-lower-case' | 'leniently',
  parts: SharedParts,
): Pick<CompiledRule, 'patterns' | 'beginnings' | 'coversPath'> {
  const folded = (fold: (text: string) => string): readonly PathPattern[] =>
    sources.map((source) => parts.pattern(source, fold));
  const patterns = folded(asWritten);
  switch (way) {
    case 'exactly':
      return {
        patterns,
        beginnings: patterns.map(literalBeginning),
        coversPath: ({ exact, alsoToAllow }) =>
          matchesAny(patterns, exact) && alsoToAllow.every((segments) => matchesAny(patterns, segments)),
      };
    case 'in-lower-case': {
      const caseless = folded(inLowerCase);
      return {
        patterns,
        beginnings: caseless.map(literalBeginning),
        coversPath: ({ exact, alsoToAllow }) =>
          [exact, ...alsoToAllow].every((segments) => matchesAny(caseless, segments.map(inLowerCase))),
      };
    }
    case 'leniently': {
      const lax = folded(foldLeniently);
      return {
        patterns,
        beginnings: [...patterns, ...lax].map(literalBeginning),
        coversPath: ({ exact, lenient, isPlain }) => {
          for (const segments of lenient)
            for (const pattern of lax) if (matchesPath(pattern, segments, matchesLeniently)) return true;
          // What a plain path matches as written it also matches folded.
          return !isPlain && matchesAny(patterns, exact);
        },
      };
    }
  }
}

/** How patterns and paths are compared: as they are. */
export function asWritten(text: string): string {
  return text;
}

/** How patterns and paths are compared at an API with `case_insensitive_paths`. */
export function inLowerCase(text: string): string {
  return text.toLowerCase();
}

function matchesAny(patterns: readonly PathPattern[], segments: readonly string[]): boolean {
  for (const pattern of patterns) if (matchesPath(pattern, segments)) return true;
  return false;
}

/** Whether the rule speaks of somebody with these groups. */
export function coversGroups(rule: CompiledRule, groups: ReadonlySet<string>): boolean {
  if (rule.everyone) return true;
  for (const group of rule.groups) if (groups.has(group)) return true;
  return false;
}

/** Whether the caller meets what the rule asks besides groups. */
export function meetsConditions(rule: CompiledRule, subject: PolicySubject): boolean {
  for (const condition of rule.callerConditions) if (!condition.holds(subject)) return false;
  return true;
}

/** Whether the rule speaks of this caller. */
export function coversCaller(rule: CompiledRule, caller: Caller): boolean {
  return coversGroups(rule, caller.groups) && meetsConditions(rule, caller.subject);
}

/** Whether the rule holds at this moment, from this place and with this device. */
export function holdsNow(rule: CompiledRule, context: PolicyContext): boolean {
  for (const situation of rule.situations) if (!situation.holds(context)) return false;
  return true;
}

/** Whether a verdict with the rule can be different for the same caller and request a moment later. */
export function isFleeting(rule: CompiledRule): boolean {
  return rule.situations.length > 0 || rule.stepUp?.ages === true;
}

/** Methods that stand for all in coverage and in words about reading and writing. */
const usualMethods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const readingMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is left of an allow rule when these deny rules hold: nothing, reading only, or also writing. */
export function levelLeft(allow: CompiledRule, denies: readonly CompiledRule[]): 'none' | 'read' | 'read-write' {
  const covering = denies.filter((deny) => coversPatterns(deny, allow));
  const left = [...(allow.methods ?? usualMethods)].filter(
    (method) => !covering.some((deny) => deny.coversMethod(method)),
  );
  if (left.some((method) => !readingMethods.has(method))) return 'read-write';
  // Unusual methods are left when no single deny rule takes every method.
  if (left.length === 0 && allow.methods === null && covering.every((deny) => deny.methods !== null))
    return 'read-write';
  return left.length > 0 ? 'read' : 'none';
}

/** Whether `wide` certainly holds for every request for which `narrow` holds, groups aside. */
export function coversRule(wide: CompiledRule, narrow: CompiledRule): boolean {
  const methods = wide.methods;
  if (methods !== null && (narrow.methods === null || [...narrow.methods].some((method) => !methods.has(method)))) {
    return false;
  }
  return coversPatterns(wide, narrow);
}

function coversPatterns(wide: CompiledRule, narrow: CompiledRule): boolean {
  return narrow.patterns.every((pattern) => wide.patterns.some((candidate) => coversPattern(candidate, pattern)));
}
