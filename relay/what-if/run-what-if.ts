import { AccessError } from '../../shared/errors.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import { ConfigError } from '../config/config-problem.ts';
import { readConfig } from '../config/load-config.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { PolicySubject } from '../policy/decision.ts';
import { pathShape } from '../reports/path-shape.ts';
import { changedApis, changesNotReplayed } from './changed-apis.ts';
import { collectChanges } from './collect-changes.ts';
import { createPastDecider, type KnownVerdict, type PastDecider, type PastRequest } from './decide-as-known.ts';
import { factsOf, type KnownFacts, nothingKnown } from './known-facts.ts';
import type { NewestRecords } from './newest-records.ts';
import { createPastGrants } from './past-grants.ts';
import type { PastPolicies } from './past-policies.ts';
import type { ChangeKind, WhatIf, WhatIfScope } from './what-if.ts';

type DecisionRecord = Extract<AuditRecord, { type: 'decision' }>;

/** How far a what-if may go. */
export interface WhatIfBounds {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly mostRecords: number;
  /** Milliseconds of `performance.now()` after which it says what it has. */
  readonly deadlineMs: number;
  readonly mostRows: number;
}

/** What a what-if is made of. */
export interface WhatIfSources {
  readonly inForce: Config;
  readonly proposed: Config;
  readonly records: NewestRecords;
  readonly policies: PastPolicies;
  /** All grants that are known; null when they can’t be read. */
  readonly grants: readonly AccessRequest[] | null;
}

const decisionStart = '{"type":"decision"';
const timeOfLine = /"timeMs":(\d+)/;
const apiOfLine = /"api":"([^"\\]*)"/;
/** Codes of denials that rules made, and that other rules would not have made. */
const policyCodes: ReadonlySet<string> = new Set(['policy-denied', 'step-up-required', 'unknown-api']);
const mostSubjects = 50_000;

/** Reads a proposed config as the relay would, without any file that it names. @throws AccessError `bad-input` */
export async function readProposal(path: string, text: string): Promise<Config> {
  try {
    return (await readConfig({ path, text }, { files: 'skip' })).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const shown = error.problems.slice(0, 5).map(({ line, key, message }) => {
      const what = key === '' ? 'it' : `“${key}”`;
      return `line ${line}: ${what} ${message.replace(/\.$/, '')}`;
    });
    const more = error.problems.length > shown.length ? ` And ${error.problems.length - shown.length} more.` : '';
    throw new AccessError('bad-input', `The proposed config can’t be used: ${shown.join('; ')}.${more}`);
  }
}

/** Decides the requests of the past by the config in force and by a proposal, and tells where they differ. */
export async function runWhatIf(sources: WhatIfSources, bounds: WhatIfBounds): Promise<WhatIf> {
  const { inForce, proposed, policies } = sources;
  const changed = changedApis(inForce, proposed);
  const changes = collectChanges();
  const replay = createReplay(sources);
  const leftOut: Record<string, number> = {};
  let records = 0;
  let decisions = 0;
  let reachedMs: number | null = null;
  let stoppedBy: WhatIfScope['stoppedBy'] = 'audit-begins';

  const lookAt = async (line: string): Promise<void> => {
    decisions += 1;
    if (!changed.has(apiOfLine.exec(line)?.[1] ?? '')) return;
    const record = JSON.parse(line) as DecisionRecord;
    const why = notByRules(record);
    if (why !== null) leftOut[why] = (leftOut[why] ?? 0) + 1;
    else await replay(record, changes.add);
  };

  reading: for await (const some of sources.records) {
    for (const line of some) {
      if (line !== '') {
        const timeMs = Number(timeOfLine.exec(line)?.[1]);
        if (timeMs > bounds.untilMs) continue;
        if (timeMs < bounds.sinceMs) {
          stoppedBy = null;
          break reading;
        }
        reachedMs = timeMs;
        if (line.startsWith(decisionStart)) await lookAt(line);
      }
      records += 1;
      if (records >= bounds.mostRecords) {
        stoppedBy = 'records';
        break reading;
      }
    }
    if (performance.now() > bounds.deadlineMs) {
      stoppedBy = 'time';
      break;
    }
  }
  const { withoutRow, ...result } = changes.result(bounds.mostRows);
  return {
    proposedRevision: compilePolicy(proposed).revision,
    inForceRevision: compilePolicy(inForce).revision,
    ...result,
    changedApis: [...changed].toSorted(),
    scope: {
      sinceMs: bounds.sinceMs,
      untilMs: bounds.untilMs,
      reachedMs,
      records,
      decisions,
      stoppedBy,
      leftOut,
      withoutRow,
      notes: [
        ...changesNotReplayed(inForce, proposed),
        ...(sources.grants === null ? ['Grants can’t be read from here: those who had one are uncertain.'] : []),
        ...(policies.missing.size === 0
          ? []
          : [
              `${policies.missing.size} configs of then aren’t kept, so less is known of the requests that they decided.`,
            ]),
      ],
    },
  };
}

/** Why a request was refused before or after the rules; null when they decided. */
function notByRules({ effect, code, rule }: DecisionRecord): string | null {
  if (effect === 'allow') return null;
  if (rule?.startsWith('lock:') === true) return 'locked';
  return code === undefined || policyCodes.has(code) ? null : code;
}

/** Tells what becomes of one request; subjects are the same object for the same caller, which the engine remembers. */
function createReplay({ inForce, proposed, policies, grants }: WhatIfSources) {
  const deciders = { inForce: createPastDecider(inForce), proposed: createPastDecider(proposed) };
  const granted = {
    inForce: createPastGrants(grants ?? [], inForce),
    proposed: createPastGrants(grants ?? [], proposed),
  };
  const knownGrants = new Set((grants ?? []).map(({ id }) => id));
  const subjects = new Map<string, PolicySubject>();

  function subjectOf({ issuer, groups }: DecisionRecord['caller']): PolicySubject {
    const key = JSON.stringify([issuer, groups]);
    let subject = subjects.get(key);
    if (subject === undefined) {
      if (subjects.size >= mostSubjects) subjects.clear();
      subject = { issuer, groups };
      subjects.set(key, subject);
    }
    return subject;
  }

  async function factsFrom(record: DecisionRecord, past: PastRequest): Promise<KnownFacts> {
    const { api, effect, rule, grant, code, policyRevision } = record;
    if (!deciders.inForce.asksMore(api) && !deciders.proposed.asksMore(api)) return nothingKnown;
    const then = await policies.at(policyRevision);
    if (then === null) return nothingKnown;
    const own = { ...past, context: { ...past.context, grants: [] } };
    const verdict = { effect, rule, grant, isStepUp: code === 'step-up-required' };
    return factsOf(verdict, then.considered(own), then.rulesOf(api));
  }

  const decide = (which: 'inForce' | 'proposed', record: DecisionRecord, past: PastRequest, facts: KnownFacts) => {
    const verdict = deciders[which].decide(past, facts);
    return isForgotten(record.grant) && verdict.effect === 'deny' ? unknownGrant(verdict, record.grant ?? '') : verdict;
  };
  /** By a grant that nothing is known of any more. */
  const isForgotten = (grant: string | undefined): boolean => grant !== undefined && !knownGrants.has(grant);

  return async (record: DecisionRecord, add: ReturnType<typeof collectChanges>['add']): Promise<void> => {
    const { caller, api, method, path, timeMs, effect, rule } = record;
    const situation = { timeMs, remoteAddress: caller.remoteAddress, device: null };
    const past = (which: 'inForce' | 'proposed'): PastRequest => ({
      subject: subjectOf(caller),
      request: { api, method, path },
      context: { ...situation, grants: granted[which].of(caller, timeMs) },
    });
    const [before, after] = [past('inForce'), past('proposed')];
    const facts = await factsFrom(record, before);
    const now = decide('inForce', record, before, facts);
    const then = decide('proposed', record, after, facts);
    const change = changeOf(now, then, () => !isForgotten(record.grant) && isSame(deciders, before, after, facts));
    if (change === null) return;
    const { issuer, subject, username, groups } = caller;
    add({
      change,
      person: { issuer, subject, username },
      groups,
      api,
      method,
      path: pathShape(path),
      examplePath: path,
      timeMs,
      recorded: { effect, rule },
      inForce: now,
      proposed: then,
    });
  };
}

function isSame(
  { inForce, proposed }: { readonly inForce: PastDecider; readonly proposed: PastDecider },
  before: PastRequest,
  after: PastRequest,
  facts: KnownFacts,
): boolean {
  return inForce.residue(before, facts) === proposed.residue(after, facts);
}

function changeOf(now: KnownVerdict, then: KnownVerdict, isSameCase: () => boolean): ChangeKind | null {
  if (now.effect !== 'unknown' && then.effect !== 'unknown') {
    if (now.effect === then.effect) return null;
    return then.effect === 'deny' ? 'lost' : 'gained';
  }
  return isSameCase() ? null : 'uncertain';
}

function unknownGrant(verdict: KnownVerdict, grant: string): KnownVerdict {
  return { ...verdict, effect: 'unknown', dependsOn: [`the grant ${grant}, of which nothing is kept`] };
}
