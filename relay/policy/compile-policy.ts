import { createHash } from 'node:crypto';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { Look } from '../../shared/look.ts';
import { said } from '../../shared/plain-reason.ts';
import { reason as sentence, type ReasonCode } from '../../shared/reason.ts';
import type { Config } from '../config/config-schema.ts';
import { lookOf } from '../config/look-schema.ts';
import { catalogEntryFor } from './catalog-entry.ts';
import { type CompiledApi, compileApi } from './compile-api.ts';
import { activeGrants, considerRules, decideRequest, isHidden, unknownApi, withGrants } from './decide-request.ts';
import {
  type Decision,
  type Policy,
  type PolicyRequest,
  type PolicySubject,
  type ToldDecision,
  unknownContext,
} from './decision.ts';
import type { PolicyIssuer } from './issuer-rules.ts';
import { RememberedCallers } from './remembered-callers.ts';
import { RememberedDecisions } from './remembered-decisions.ts';
import { LazyReasons } from './lazy-reasons.ts';
import { createSharedParts } from './shared-parts.ts';

/** What a policy is made of; the keys that may be left out have the config's defaults. */
export type PolicySource = Pick<Config, 'apis'> &
  Partial<Pick<Config, 'disclose' | 'tiers' | 'request_limits' | 'access_requests'>> & {
    readonly issuers?: readonly PolicyIssuer[];
    readonly relay?: Look;
  };

/**
 * Compiles the APIs and rules of a checked config. A decision costs one look-up plus the rules of that one API,
 * whatever the number of APIs. Verdicts that don't depend on the moment are remembered with the identity.
 */
export function compilePolicy(config: PolicySource): Policy {
  const parts = createSharedParts();
  const apis = new Map(config.apis.map((api) => [api.id, compileApi(api, parts, config.issuers)]));
  const revision = revisionOf(config);
  const disclose = config.disclose ?? 'full';
  const look = config.relay === undefined ? undefined : lookOf(config.relay);
  const everywhere = (config.access_requests?.roles ?? []).map(({ role, max_hours: maxHours }) => ({ role, maxHours }));
  const entries = [...apis.values()].map((api) => ({ api, cache: new Map<string, CatalogEntry | undefined>() }));
  const decisions = new RememberedDecisions();
  const callers = new RememberedCallers(() => decisions.newCaller());

  const decide = (subject: PolicySubject, request: PolicyRequest, context = unknownContext): Decision => {
    const isPlain = context.grants === undefined || context.grants.length === 0;
    const remembered = callers.of(subject);
    const known = isPlain ? decisions.find(remembered.decisions, request) : undefined;
    if (known !== undefined) return known;
    const api = apis.get(request.api);
    if (api === undefined) return unknownApi(request.api);
    const decision = decideRequest(api, remembered.caller, request, context);
    if (isPlain && api.isTimeless) decisions.put(remembered.decisions, request, decision);
    return decision;
  };

  return {
    revision,
    decide,
    explain: (subject, request, context = unknownContext) => {
      const api = apis.get(request.api);
      const considered = api === undefined ? [] : considerRules(api, callers.of(subject).caller, request, context);
      return { decision: decide(subject, request, context), considered };
    },
    told: (decision) => (disclose === 'full' ? decision : tellLittle(decision)),
    isVisible: (subject, id, context = unknownContext) => {
      const api = apis.get(id);
      if (api === undefined) return false;
      if (api.config.when_locked === 'show') return true;
      if (callers.isVisible(subject, id, (caller) => !isHidden(api, caller))) return true;
      const grants = activeGrants(api, context);
      return grants.length > 0 && !isHidden(api, withGrants(callers.of(subject).caller, grants));
    },
    catalogFor: (identity, context = unknownContext) => {
      const caller = callers.of(identity).caller;
      const { subject, issuer, name, email } = identity;
      const entryOf = ({ api, cache }: { api: CompiledApi; cache: Map<string, CatalogEntry | undefined> }) =>
        catalogEntryFor(api, withGrants(caller, activeGrants(api, context)), cache, disclose) ?? [];
      return {
        revision,
        person: { subject, issuer, name, ...(email === undefined ? {} : { email }), groups: [...identity.groups] },
        ...(look === undefined ? {} : { look }),
        ...(everywhere.length === 0 ? {} : { requestable: everywhere }),
        apis: entries.flatMap(entryOf),
      };
    },
  };
}

/** Only the verdict, and what the caller can do about it by signing in again. */
function tellLittle(decision: Decision): ToldDecision {
  if (decision.effect === 'allow') return { effect: 'allow', rule: null, ...toldAs('allowed') };
  const { stepUp } = decision;
  if (stepUp === undefined) return { effect: 'deny', rule: null, ...toldAs('not-allowed'), unlockedBy: [] };
  return { effect: 'deny', rule: null, ...toldAs('needs-fresh-sign-in'), unlockedBy: [], stepUp };
}

function toldAs(code: Extract<ReasonCode, 'allowed' | 'not-allowed' | 'needs-fresh-sign-in'>) {
  const { detail, reasons } = said(sentence(code));
  return { reason: detail, reasons: new LazyReasons(() => reasons) };
}

/** Covers what decides or is shown, and nothing else: people see the revision, so no secret may go into it. */
function revisionOf({
  apis,
  disclose,
  tiers,
  request_limits: limits,
  access_requests: requests,
  issuers = [],
  relay = {},
}: PolicySource): string {
  const shown = apis.map(({ upstream: _upstream, headers: _headers, ca: _ca, ...rest }) => rest);
  const reach = issuers.flatMap(({ name, issuer, apis: reached }) =>
    reached === undefined ? [] : [{ name, issuer, reached }],
  );
  const all = JSON.stringify([shown, disclose, tiers, limits, requests, reach, lookOf(relay)]);
  return createHash('sha256').update(all).digest('hex').slice(0, 12);
}
