import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { loadConfig } from '../config/load-config.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { PolicyContext, PolicySubject } from '../policy/decision.ts';
import { askPolicy, issuerNamed, type PolicyAnswer } from './ask-policy.ts';

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
    })
    .optional(),
  request: z.string().regex(/^[A-Za-z-]+ \S+$/, 'must be a method and an address like "GET orders/v1/orders"'),
  expect: z.enum(['allow', 'deny', 'step-up', 'refused']),
  rule: z.string().nullable().optional(),
  unlocked_by: z.array(z.string()).optional(),
});
const fileSchema = z.strictObject({ tests: z.array(testSchema).min(1) });
type PolicyTest = z.infer<typeof testSchema>;

export interface TestPolicyOptions {
  readonly configPath: string;
  readonly testsPath: string;
  readonly write: (text: string) => void;
}

/**
 * Runs expected decisions against a config's rules, with the functions that decide requests, and writes TAP 14.
 * Exit code 0 when all are as expected, 1 when one differs, 2 when a file can't be used.
 */
export async function testPolicy({ configPath, testsPath, write }: TestPolicyOptions): Promise<number> {
  let tests: readonly PolicyTest[];
  let issuers: readonly (string | undefined)[];
  let config: Config;
  try {
    ({ config } = await loadConfig(configPath, { files: 'skip' }));
    tests = await readTests(testsPath);
    issuers = tests.map((test) => issuerNamed(config, test.issuer));
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return 2;
  }
  const policy = compilePolicy(config);
  let failed = 0;
  write(`TAP version 14\n1..${tests.length}\n`);
  for (const [index, test] of tests.entries()) {
    const [method = '', url = ''] = test.request.split(' ');
    const answer = askPolicy(policy, config.apis, {
      subject: subjectOf(test, issuers[index]),
      method,
      url,
      context: contextOf(test),
    });
    const differences = differencesOf(test, answer);
    if (differences.length > 0) failed += 1;
    const title = (test.name ?? `${test.groups.join(',') || 'nobody'} ${test.request}`).replaceAll('#', String.raw`\#`);
    write(`${differences.length > 0 ? 'not ok' : 'ok'} ${index + 1} - ${title}\n`);
    if (differences.length > 0) write(`  ---\n${differences.map((line) => `  ${line}\n`).join('')}  ...\n`);
  }
  write(`# ${tests.length - failed} of ${tests.length} as expected, policy ${policy.revision}\n`);
  return failed === 0 ? 0 : 1;
}

async function readTests(path: string): Promise<readonly PolicyTest[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-input', `${path} can’t be read.`, { cause: error });
  }
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
    device === undefined ? null : { name: device.name, system: device.system, appVersion: device.app_version };
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
