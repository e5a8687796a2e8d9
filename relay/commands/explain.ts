import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import {
  explainRequest,
  type Explanation,
  keptInFolder,
  type KeptState,
  type RequestToExplain,
  rulesInForce,
} from '../explain/explain-request.ts';
import { whatWouldChange } from '../explain/what-would-change.ts';
import type { GrantAt } from '../grants/grants-at.ts';
import type { ElsewhereKept } from '../revisions/config-at.ts';
import type { RunningRelay } from './running-relay.ts';

/** What `relay explain` was asked. */
export interface ExplainOptions extends RequestToExplain {
  readonly configPath: string;
  /** Data folder whose kept configs take the place of the file. */
  readonly dataDir?: string | undefined;
  /** Takes the rules that were in force at this time, as the data folder keeps them; the file's when left out. */
  readonly rulesAtMs?: number;
  /** Where else configs of the past are kept, when relays share a storage. */
  readonly elsewhere?: () => Promise<ElsewhereKept | undefined>;
  /** Of relays that share a storage, whose rules of the past; asked of the one that runs. */
  readonly asOfRelay?: string | undefined;
  /** Where locks and grants are kept, when relays share a storage. */
  readonly kept?: (() => Promise<KeptState | undefined>) | undefined;
  /** The one that is asked instead, by what is in force there. */
  readonly relay?: RunningRelay | null;
  /** One JSON object instead of text. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
}

/** Prints how the relay would decide a request and why. Exit code 0 for allow, 3 for deny, 2 for bad input. */
export async function explain(options: ExplainOptions): Promise<number> {
  const { json, write, warn = write, relay = null } = options;
  let explained: Explained;
  try {
    explained = relay === null ? await explainHere(options) : await explainThere(options, relay);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    warn(`${error.message}\n`);
    return 2;
  }
  const { explanation } = explained;
  write(json ? `${JSON.stringify(explanation)}\n` : inWords(explained));
  return explanation.decision.effect === 'allow' ? 0 : 3;
}

interface Explained {
  readonly explanation: Explanation;
  readonly apiName: string;
  readonly who: string;
  readonly wouldChange: readonly string[];
}

async function explainHere(options: ExplainOptions): Promise<Explained> {
  const { configPath, dataDir, rulesAtMs, elsewhere, kept, ...request } = options;
  const rules = await rulesInForce(configPath, rulesAtMs, elsewhere, dataDir);
  const state = dataDir === undefined ? await kept?.() : keptInFolder(dataDir);
  const { explanation, api, who } = await explainRequest(rules, request, state);
  return { explanation, apiName: api.name, who, wouldChange: whatWouldChange(explanation, api) };
}

async function explainThere(options: ExplainOptions, relay: RunningRelay): Promise<Explained> {
  const { method, url, groups, as, issuer, token, subject, context, rulesAtMs, asOfRelay } = options;
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  const { remoteAddress = '', timeMs } = context ?? {};
  const answer = await relay.post('/admin/v1/policy/explain', {
    method,
    url,
    groups,
    as,
    issuer,
    token,
    relay: asOfRelay,
    kind: subject?.kind,
    scopes: subject?.scopes,
    claims: subject?.claims,
    acr: subject?.acr,
    signedInAt: iso(subject?.authTimeMs),
    at: iso(timeMs),
    currentRules: rulesAtMs === undefined,
    address: remoteAddress === '' ? undefined : remoteAddress,
  });
  const { who, apiName, wouldChange, ...explanation } = answer as Omit<Explained, 'explanation'> & Explanation;
  return { explanation, who, apiName, wouldChange };
}

function inWords({ explanation, apiName, who, wouldChange }: Explained): string {
  const { decision, considered, groups, method, path, token, revision } = explanation;
  const holding = groups.length === 0 ? 'without groups' : `with the groups ${groups.join(', ')}`;
  const doubt =
    token?.verified === false
      ? [`NOT VERIFIED: the relay would not accept this token. ${token.doubt} The rest takes it at its word.`, '']
      : [];
  const lines = [
    ...doubt,
    `${who}, ${holding}: ${method} ${path ?? '(refused path)'} at ${apiName} (${explanation.api})`,
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
  lines.push('', ...wouldChange);
  if (explanation.locks === 'unreadable')
    lines.push('', 'The relay’s locks can’t be read from here: the answer leaves them out.');
  if (revision !== undefined) lines.push('', revisionWords(revision), ...grantWords(explanation.grants ?? []));
  return `${lines.join('\n')}\n`;
}

/** From when to when the rules counted that the answer is from. */
function revisionWords({ hash, sinceMs, untilMs }: NonNullable<Explanation['revision']>): string {
  const until = untilMs === null ? 'and still is' : `until ${new Date(untilMs).toISOString()}`;
  return `By the config ${hash.slice(0, 12)}, in force from ${new Date(sinceMs).toISOString()} ${until}.`;
}

/** Who else could do more then than the groups say. */
function grantWords(grants: readonly GrantAt[] | 'unreadable'): readonly string[] {
  if (grants === 'unreadable') return ['Grants of then can’t be read from here; the audit has them as access records.'];
  if (grants.length === 0) return [];
  return [
    'Grants that counted at this API then:',
    ...grants.map(({ id, username, role, approvedBy, untilMs }) =>
      shownText(`  ${username}: ${role}, approved by ${approvedBy}, until ${new Date(untilMs).toISOString()} (${id})`),
    ),
  ];
}
