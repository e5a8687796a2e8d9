import type { CannedAnswers } from './open-console.ts';

const hourMs = 3_600_000;

const rules = [
  {
    name: 'no-deletes',
    effect: 'deny',
    groups: null,
    methods: ['DELETE'],
    paths: ['/warehouses/**'],
    description: 'Warehouses are closed by facilities.',
    asksFor: [],
  },
  {
    name: 'read',
    effect: 'allow',
    groups: ['employees'],
    methods: ['GET', 'HEAD'],
    paths: [],
    description: null,
    asksFor: [],
  },
  {
    name: 'write',
    effect: 'allow',
    groups: ['sre', 'warehouse-leads'],
    methods: ['POST', 'PUT'],
    paths: ['/items/**', '/counts/**'],
    description: null,
    asksFor: ['networks', 'step_up'],
  },
];

const person = (username: string) => ({ issuer: 'https://login.example.com', subject: `u-${username}`, username });

function changes(nowMs: number): readonly object[] {
  const verdict = { effect: 'allow', rule: 'read' };
  return [
    ['lost', 'alice', 'GET', 'payroll', '/runs/*', 212],
    ['lost', 'carol.van.der.lange-name@subsidiary.example.com', 'POST', 'inventory', '/warehouses/*/items/**', 3],
    ['gained', 'bob', 'GET', 'orders', '/orders/*', 12],
    ['uncertain', 'eve', 'PUT', 'inventory', '/items/*', 4],
  ].map(([change, who, method, api, path, requests], index) => ({
    change,
    person: person(String(who)),
    groups: ['employees'],
    api,
    method,
    path,
    examplePath: '/x',
    requests,
    firstAtMs: nowMs - 90 * hourMs,
    lastAtMs: nowMs - index * 7 * hourMs,
    recorded: verdict,
    inForce: verdict,
    proposed: {
      effect: 'deny',
      rule: null,
      reason: `No rule of ${String(api)} allows ${String(method)} for these groups.`,
      dependsOn: [],
    },
  }));
}

/** One API in detail, a request explained, and what another config would change. */
export function samplePolicyAnswers(nowMs: number): CannedAnswers {
  return {
    '/admin/v1/apis/inventory': {
      id: 'inventory',
      name: 'Inventory',
      description: 'What is in which warehouse.',
      owner: 'warehouse-platform@example.com',
      upstream: 'https://inventory.internal.example.com:8443/api/v2',
      protocol: 'http2',
      health: {
        answeredAtMs: nowMs - 4000,
        failure: {
          atMs: nowMs - 2 * hourMs,
          code: 'upstream-timeout',
          detail: 'inventory.internal.example.com did not answer in time.',
        },
        openConnections: 4,
      },
      rules,
      limits: [{ name: 'writes', requests: 1000, every: '1h', per: 'person' }],
      roles: ['warehouse-leads'],
      use: {
        since: new Date(nowMs - 168 * hourMs).toISOString(),
        until: new Date(nowMs).toISOString(),
        requests: 48_211,
        denied: 97,
        people: 3,
        byPerson: [
          { ...person('alice'), requests: 40_000, denied: 0 },
          { ...person('carol.van.der.lange-name@subsidiary.example.com'), requests: 8200, denied: 97 },
          { ...person('deploy-bot'), requests: 11, denied: 0 },
        ],
        byRule: [],
      },
    },
    '/admin/v1/apis/orders': {
      id: 'orders',
      name: 'Orders',
      description: '',
      owner: null,
      upstream: 'http://127.0.0.1:9000',
      protocol: 'http1',
      health: { answeredAtMs: null, failure: null, openConnections: 0 },
      rules,
      limits: [],
      roles: [],
      use: { since: '', until: '', requests: 0, denied: 0, people: 0, byPerson: [], byRule: [] },
    },
    '/admin/v1/policy/explain': {
      api: 'inventory',
      method: 'DELETE',
      path: '/warehouses/7',
      groups: ['employees'],
      decision: {
        effect: 'deny',
        rule: 'no-deletes',
        reason: 'Rule no-deletes of inventory denies DELETE at /warehouses/**.',
      },
      considered: [
        { rule: 'no-deletes', matched: true, because: 'Method and path fit.' },
        { rule: 'read', matched: false, because: 'DELETE is none of GET, HEAD.' },
        { rule: 'write', matched: false, because: 'None of the groups is sre or warehouse-leads.' },
      ],
      policyRevision: 'a3f81c04be2d',
    },
    '/admin/v1/config': { file: '/etc/causeway/relay.yaml', text: 'relay:\n  name: Example Company\n', warnings: [] },
    '/admin/v1/policy/what-if': {
      proposedRevision: 'b1',
      inForceRevision: 'a3f81c04be2d',
      scope: {
        sinceMs: nowMs - 168 * hourMs,
        untilMs: nowMs,
        reachedMs: nowMs - 100 * hourMs,
        records: 400_000,
        decisions: 200_000,
        stoppedBy: 'time',
        leftOut: {},
        withoutRow: 0,
        notes: ['Claims aren’t in the audit: rules that ask for them are uncertain.'],
      },
      totals: {
        lost: { requests: 215, people: 2 },
        gained: { requests: 12, people: 1 },
        uncertain: { requests: 4, people: 1 },
      },
      changes: changes(nowMs),
      groups: [
        { group: 'employees', change: 'lost', people: 2, requests: 215 },
        { group: 'finance', change: 'gained', people: 1, requests: 12 },
      ],
      changedApis: ['payroll'],
    },
  };
}
