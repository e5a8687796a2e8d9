import { parseDocument } from 'yaml';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { askPolicy, issuerNamed, type PolicyAnswer } from './ask-policy.ts';
import { compilePolicy } from './compile-policy.ts';
import type { PolicyContext, PolicySubject } from './decision.ts';

const testSchema = z.strictObject({
  name: z.string().min(1).optional(),
  issuer: z.string().optional(),
  groups: z.array(z.string()).default([]),
  kind: z.enum(['person', 'service']).default('person'),
  claims: z.record(z.string(), z.unknown()).default({}),
  scopes: z.array(z.string()).default([]),
  acr: z.string().optional(),
  signed_in_seconds_ago: z.number().min(0).optional(),
  at: z.iso.datetime({ offset: true }).default('2026-01-05T12:00:00Z'),
  from: z.string().default(''),
  device: z
    .strictObject({
      name: z.string().default(''),
      system: z.string().default(''),
      app_version: z.string().default(''),
      attributes: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  request: z.string().regex(/^[A-Za-z-]+ \S+$/, 'must be a method and an address like "GET orders/v1/orders"'),
  expect: z.enum(['allow', 'deny', 'step-up', 'refused']),
  rule: z.string().nullable().optional(),
  unlocked_by: z.array(z.string()).optional(),
});
const fileSchema = z.strictObject({ tests: z.array(testSchema).min(1) });

/** A request, and how it is expected to be decided. */
export type PolicyTest = z.infer<typeof testSchema>;

/** What became of one test. */
export interface PolicyTestResult {
  readonly title: string;
  /** What is otherwise than expected, as lines of YAML; empty when nothing is. */
  readonly differences: readonly string[];
}

/** What became of all tests, in their order. */
export interface PolicyTestResults {
  readonly results: readonly PolicyTestResult[];
  readonly policyRevision: string;
}

/**
 * Compares expected decisions with those of a config's rules, by the functions that decide requests.
 * @throws AccessError `bad-input` when a test names an issuer that there isn’t
 */
export function runPolicyTests(config: Config, tests: readonly PolicyTest[]): PolicyTestResults {
  const issuers = tests.map((test) => issuerNamed(config, test.issuer));
  const policy = compilePolicy(config);
  const results = tests.map((test, index) => {
    const [method = '', url = ''] = test.request.split(' ');
    const subject = subjectOf(test, issuers[index]);
    const answer = askPolicy(policy, config.apis, { subject, method, url, context: contextOf(test) });
    const title = test.name ?? `${test.groups.join(',') || 'nobody'} ${test.request}`;
    return { title, differences: differencesOf(test, answer) };
  });
  return { results, policyRevision: policy.revision };
}

/** Reads tests from the text of a YAML file, which `path` names in problems. @throws AccessError `bad-input` */
export function parsePolicyTests(text: string, path: string): readonly PolicyTest[] {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw new AccessError('bad-input', `${path} isn’t valid YAML: ${fault.message}`);
  const parsed = fileSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return parsed.data.tests;
  const problems = parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`);
  throw new AccessError('bad-input', problems.join('\n'));
}

function contextOf({ at, from, device }: PolicyTest): PolicyContext {
  const reported =
    device === undefined
      ? null
      : { name: device.name, system: device.system, appVersion: device.app_version, attributes: device.attributes };
  return { timeMs: Date.parse(at), remoteAddress: from, device: reported };
}

function subjectOf(test: PolicyTest, issuer: string | undefined): PolicySubject {
  const { groups, kind, claims, scopes, acr, at, signed_in_seconds_ago: ago } = test;
  const authTimeMs = ago === undefined ? undefined : Date.parse(at) - ago * 1000;
  return { ...(issuer === undefined ? {} : { issuer }), groups, kind, claims, scopes, acr, authTimeMs };
}

/** What is otherwise than expected, as lines of YAML. */
function differencesOf(test: PolicyTest, answer: PolicyAnswer): readonly string[] {
  if (answer.status === 'unanswerable') return [`message: ${JSON.stringify(answer.detail)}`];
  const { decision, path } = answer;
  const verdict =
    path === null
      ? 'refused'
      : decision.effect === 'deny' && decision.stepUp !== undefined
        ? 'step-up'
        : decision.effect;
  const unlockedBy = decision.effect === 'deny' ? decision.unlockedBy : [];
  const compared: readonly (readonly [string, unknown, unknown])[] = [
    ['expect', test.expect, verdict],
    ...(test.rule === undefined ? [] : [['rule', test.rule, decision.rule] as const]),
    ...(test.unlocked_by === undefined
      ? []
      : [['unlocked_by', test.unlocked_by.toSorted(), unlockedBy.toSorted()] as const]),
  ];
  const wrong = compared.filter(([, expected, actual]) => JSON.stringify(expected) !== JSON.stringify(actual));
  if (wrong.length === 0) return [];
  const lines = wrong.map(
    ([key, expected, actual]) => `${key}: { expected: ${JSON.stringify(expected)}, actual: ${JSON.stringify(actual)} }`,
  );
  return [...lines, `reason: ${JSON.stringify(decision.reason)}`];
}
