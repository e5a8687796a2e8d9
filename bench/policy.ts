import { configSchema } from '../relay/config/config-schema.ts';
import type { Identity } from '../relay/identity/identity.ts';
import { compilePolicy } from '../relay/policy/compile-policy.ts';
import type { Policy, PolicyRequest } from '../relay/policy/decision.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';

const rulesPerApi = 50;
const groupsHeld = 200;
const groupsNamed = 400;

/**
 * Decisions per second on one core, with 50 rules for each API and a caller in 200 groups. `cached`: requests that the
 * caller has sent before. `cold`: a path that was never asked for. Both with 1,000 APIs; and with 10 and 10,000 to
 * show that their number makes no difference.
 */
export const policy: Bench = ({ quick, rounds, say }) => {
  const figures: Figure[] = [];
  const seconds = quick ? 0.2 : 1;
  const caller = callerInGroups();
  for (const apiCount of quick ? [1000] : [10, 1000, 10_000]) {
    const compiled = compilePolicy({ apis: makeApis(apiCount) });
    const suffix = apiCount === 1000 ? '' : `, ${apiCount.toLocaleString('en')} APIs`;
    const known = Array.from({ length: 10_000 }, (_none, index) => requestTo(index, apiCount, index % 500));
    // A path is remembered when it comes again.
    for (let pass = 0; pass < 4; pass += 1) for (const request of known) compiled.decide(caller, request);
    const cases: readonly (readonly [name: string, next: (count: number) => PolicyRequest])[] = [
      ['cached', (count) => known[count % known.length] as PolicyRequest],
      ['cold', (count) => requestTo(count, apiCount, count + 1_000_000)],
    ];
    for (const [name, next] of cases) {
      let done = 0;
      const rates = Array.from({ length: rounds }, () => {
        const { rate, count } = measure(compiled, caller, next, done, seconds);
        done += count;
        return rate;
      });
      const decisionsPerSecond = rounded(median(rates));
      say(`${name}${suffix}: ${decisionsPerSecond.toLocaleString('en')} decisions/s`);
      figures.push({ bench: 'policy', case: `${name}${suffix}`, system: 'causeway', decisionsPerSecond });
    }
  }
  return Promise.resolve(figures);
};

const batch = 1000;

function measure(
  compiled: Policy,
  caller: Identity,
  next: (count: number) => PolicyRequest,
  from: number,
  seconds: number,
): { readonly rate: number; readonly count: number } {
  let [count, spentMs, allowed] = [0, 0, 0];
  while (spentMs < seconds * 1000) {
    // Requests are made outside of what is measured: the HTTP parser makes them in the relay.
    const requests = Array.from({ length: batch }, (_none, index) => next(from + count + index));
    const startMs = performance.now();
    for (const request of requests) if (compiled.decide(caller, request).effect === 'allow') allowed += 1;
    spentMs += performance.now() - startMs;
    count += batch;
  }
  if (allowed === 0 || allowed === count) throw new Error('The policy must allow some requests and deny others.');
  return { rate: (count / spentMs) * 1000, count };
}

function requestTo(index: number, apiCount: number, item: number): PolicyRequest {
  const method = index % 4 === 0 ? 'POST' : 'GET';
  return { api: `api-${index % apiCount}`, method, path: `/v1/area-${index % (rulesPerApi + 5)}/items/${item}` };
}

/** 45 allow and 5 deny rules for each API, every one with paths of its own and two of 400 groups. */
function makeApis(count: number) {
  return configSchema.shape.apis.parse(
    Array.from({ length: count }, (_api, api) => ({
      id: `api-${api}`,
      name: `API ${api}`,
      upstream: 'http://127.0.0.1:1',
      rules: Array.from({ length: rulesPerApi }, (_rule, rule) => ({
        name: `rule-${rule}`,
        effect: rule % 10 === 9 ? 'deny' : 'allow',
        groups: [`group-${(api + rule) % groupsNamed}`, `group-${(api + rule * 7) % groupsNamed}`],
        methods: rule % 3 === 0 ? ['*'] : ['GET'],
        paths: [`/v1/area-${rule}/**`, `/v1/area-${rule}/items/*/parts/*.json`],
      })),
    })),
  );
}

function callerInGroups(): Identity {
  return {
    kind: 'person',
    issuer: 'https://idp.example',
    issuerName: 'Example',
    subject: 'alice',
    username: 'alice',
    name: 'Alice',
    email: undefined,
    groups: Array.from({ length: groupsHeld }, (_none, index) => `group-${index * 2}`),
    clientId: undefined,
    tokenId: undefined,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    authTimeMs: undefined,
    acr: undefined,
    scopes: [],
    providerSessionId: undefined,
    claims: {},
    jkt: undefined,
    certificateSha256: undefined,
  };
}
