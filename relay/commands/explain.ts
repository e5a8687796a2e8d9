import { canonicalPath } from '../../shared/canonical-path.ts';
import { ConfigError } from '../config/config-problem.ts';
import type { ApiConfig } from '../config/config-schema.ts';
import { loadConfig } from '../config/load-config.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { ConsideredRule, Decision } from '../policy/decision.ts';

export interface ExplainOptions {
  readonly configPath: string;
  readonly groups: readonly string[];
  /** Whom the answer speaks of; only for the words. */
  readonly as?: string;
  readonly method: string;
  /** `https://<api-id>/path` or `<api-id>/path`. */
  readonly url: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** What `explain --json` writes, as one line. */
export interface Explanation {
  readonly api: string;
  readonly method: string;
  /** Canonical path, or null when the path is refused before policy. */
  readonly path: string | null;
  readonly groups: readonly string[];
  readonly decision: Decision;
  readonly considered: readonly ConsideredRule[];
  readonly policyRevision: string;
}

/**
 * Says how the relay would decide a request and why, rule by rule, with the same function that decides. Needs only the
 * rules: certificates and secrets need not be at hand. Exit code 0 for allow, 3 for deny, 2 for bad input.
 */
export async function explain(options: ExplainOptions): Promise<number> {
  const { write } = options;
  const target = /^(?:https?:\/\/)?([^/?#]+)(.*)$/s.exec(options.url);
  const id = target?.[1]?.toLowerCase() ?? '';
  let config;
  try {
    ({ config } = await loadConfig(options.configPath, { files: 'skip' }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    write(`${error.message}\n`);
    return 2;
  }
  const api = config.apis.find((candidate) => candidate.id === id);
  if (api === undefined) {
    write(
      `There is no API “${id}” in ${options.configPath}. APIs: ${config.apis.map((known) => known.id).join(', ')}.\n`,
    );
    return 2;
  }
  if (!/^[A-Za-z][A-Za-z-]*$/.test(options.method)) {
    write(`“${options.method}” isn’t an HTTP method.\n`);
    return 2;
  }
  const explanation = explainRequest(api, target?.[2] ?? '', options, config.apis);
  write(options.json ? `${JSON.stringify(explanation)}\n` : inWords(explanation, api, options));
  return explanation.decision.effect === 'allow' ? 0 : 3;
}

function explainRequest(
  api: ApiConfig,
  rest: string,
  { groups, method: givenMethod }: ExplainOptions,
  apis: ApiConfig[],
): Explanation {
  const policy = compilePolicy({ apis });
  const method = givenMethod.toUpperCase();
  const canonical = canonicalPath(rest.startsWith('/') ? rest : `/${rest}`, {
    allowEncodedSlash: api.allow_encoded_slash,
  });
  const common = { api: api.id, method, groups, policyRevision: policy.revision };
  if (canonical.status === 'refused') {
    const reason = `The path can be read in more than one way, so the relay refuses it before any rule. ${canonical.detail}`;
    return { ...common, path: null, decision: { effect: 'deny', rule: null, reason, unlockedBy: [] }, considered: [] };
  }
  return {
    ...common,
    path: canonical.path,
    ...policy.explain({ groups }, { api: api.id, method, path: canonical.path }),
  };
}

function inWords(explanation: Explanation, api: ApiConfig, { as }: ExplainOptions): string {
  const { decision, considered, groups, method, path } = explanation;
  const who = as ?? 'Somebody';
  const holding = groups.length === 0 ? 'without groups' : `with the groups ${groups.join(', ')}`;
  const lines = [
    `${who}, ${holding}: ${method} ${path ?? '(refused path)'} at ${api.name} (${api.id})`,
    '',
    `${decision.effect === 'allow' ? 'Allowed' : 'Denied'}. ${decision.reason}`,
  ];
  if (considered.length > 0) {
    lines.push('', 'Rules considered, deny rules first:');
    for (const { rule, effect, matched, because } of considered) {
      lines.push(`  ${matched ? '●' : '○'} ${effect.padEnd(5)} ${rule}: ${because}`);
    }
  } else if (path !== null) {
    lines.push('', 'The API has no rules, and no rule means no.');
  }
  lines.push('', ...changeWords(explanation, api));
  return `${lines.join('\n')}\n`;
}

function changeWords({ decision, considered, path }: Explanation, api: ApiConfig): readonly string[] {
  if (path === null) return ['What would change it: send the path in its plain form.'];
  const held = considered
    .filter((rule) => rule.matched && rule.effect === decision.effect)
    .map((rule) => `“${rule.rule}”`);
  if (decision.effect === 'allow') {
    return [`What would change it: a deny rule for this request, or the end of ${held.join(' and ')}.`];
  }
  if (held.length > 0) return [`What would change it: only a change of the deny rule ${held.join(' and ')}.`];
  if (decision.unlockedBy.length > 0)
    return [`What would change it: the group ${decision.unlockedBy.join(', or the group ')}.`];
  const hidden =
    api.when_locked === 'hide' ? ' The API is hidden from people without access, so they get no hint.' : '';
  return [`What would change it: an allow rule that matches this request and these groups.${hidden}`];
}
