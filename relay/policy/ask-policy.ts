import { canonicalPath } from '../../shared/canonical-path.ts';
import { pathFormsOf } from '../config/path-forms-of.ts';
import { AccessError } from '../../shared/errors.ts';
import type { ApiConfig, Config } from '../config/config-schema.ts';
import { knownMethods } from '../config/values/known-methods.ts';
import type { ConsideredRule, Decision, Policy, PolicyContext, PolicySubject } from './decision.ts';

/** What somebody wants to know: may this caller send this request now? */
export interface PolicyQuestion {
  readonly subject: PolicySubject;
  readonly method: string;
  /** `https://<api-id>/path` or `<api-id>/path`. */
  readonly url: string;
  readonly context: PolicyContext;
}

/** The answer, or why the question can't be asked. */
export type PolicyAnswer =
  | {
      readonly status: 'answered';
      readonly api: ApiConfig;
      readonly method: string;
      /** Canonical path, or null when the path is refused before policy. */
      readonly path: string | null;
      readonly decision: Decision;
      readonly considered: readonly ConsideredRule[];
    }
  | { readonly status: 'unanswerable'; readonly detail: string };

/** Asks the policy in force, with the same functions that decide requests. */
export function askPolicy(policy: Policy, apis: readonly ApiConfig[], question: PolicyQuestion): PolicyAnswer {
  const target = /^(?:https?:\/\/)?([^/?#]+)(.*)$/s.exec(question.url);
  const id = target?.[1]?.toLowerCase() ?? '';
  const api = apis.find((candidate) => candidate.id === id);
  if (api === undefined) {
    const known = apis.map((candidate) => candidate.id).join(', ');
    return { status: 'unanswerable', detail: `There is no API “${id}” in the configuration. APIs: ${known}.` };
  }
  if (!/^[A-Za-z][A-Za-z-]*$/.test(question.method)) {
    return { status: 'unanswerable', detail: `“${question.method}” isn’t an HTTP method.` };
  }
  const method = question.method.toUpperCase();
  if (method !== 'CONNECT' && method !== 'TRACE' && !knownMethods.has(method)) {
    return { status: 'unanswerable', detail: `The relay’s HTTP parser refuses the method ${method}.` };
  }
  const rest = target?.[2] ?? '';
  const canonical = canonicalPath(rest.startsWith('/') ? rest : `/${rest}`, {
    allow: pathFormsOf(api),
  });
  if (canonical.status === 'refused') {
    const reason = `The path can be read in more than one way, so the relay refuses it before any rule. ${canonical.detail}`;
    const decision: Decision = { effect: 'deny', rule: null, reason, unlockedBy: [] };
    return { status: 'answered', api, method, path: null, decision, considered: [] };
  }
  const request = { api: api.id, method, path: canonical.path };
  return {
    status: 'answered',
    api,
    method,
    path: canonical.path,
    ...policy.explain(question.subject, request, question.context),
  };
}

/** Identifier of the issuer of this name; of the first one when none is named. @throws AccessError `bad-input` */
export function issuerNamed({ issuers }: Pick<Config, 'issuers'>, name: string | undefined): string | undefined {
  const found = name === undefined ? issuers[0] : issuers.find((issuer) => issuer.name === name);
  if (found !== undefined || name === undefined) return found?.issuer;
  const known = issuers.map((issuer) => issuer.name).join(', ');
  throw new AccessError('bad-input', `There is no issuer “${name}” in the configuration. Issuers: ${known}.`);
}
