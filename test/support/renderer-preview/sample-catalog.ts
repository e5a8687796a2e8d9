import type { Catalog, CatalogEntry } from '../../../shared/catalog.ts';

function api(id: string, name: string, description: string, rest: Partial<CatalogEntry> = {}): CatalogEntry {
  return {
    id,
    name,
    description,
    access: 'open',
    level: 'read',
    unlockedBy: [],
    permissions: [{ effect: 'allow', text: 'Read everything', rule: `${id}-read`, unlockedBy: [] }],
    examplePath: '/v1/',
    owner: 'platform@acme.example',
    allowedOrigins: [],
    ...rest,
  };
}

export const sampleApis: readonly CatalogEntry[] = [
  api('orders', 'Orders', 'Order intake and fulfilment', {
    look: { icon: 'shopping-cart', color: 'blue', environment: 'production' },
    level: 'read-write',
    examplePath: '/v1/orders?state=open',
    owner: 'orders-team@acme.example',
    permissions: [
      {
        effect: 'allow',
        text: 'Read and write everything under /v1/orders',
        rule: 'orders-developers',
        unlockedBy: [],
      },
      { effect: 'allow', text: 'Listen to /v1/events', rule: 'orders-events', unlockedBy: [] },
      { effect: 'deny', text: 'Refund orders', rule: 'orders-refunds', unlockedBy: ['orders-admins'] },
    ],
  }),
  api('inventory', 'Inventory', 'Stock levels by warehouse', {
    examplePath: '/v1/items',
    permissions: [
      { effect: 'allow', text: 'Read everything under /v1', rule: 'inventory-everybody', unlockedBy: [] },
      { effect: 'deny', text: 'Write under /v1', rule: 'inventory-sre', unlockedBy: ['sre', 'warehouse'] },
    ],
  }),
  api('shipping-events', 'Shipping events', 'Carrier callbacks, gRPC and server-sent events'),
  api('feature-flags', 'Feature flags', 'Flags and experiments', {
    level: 'read-write',
    look: { icon: 'flask-conical', color: 'orange', environment: 'staging' },
  }),
  api('deployments', 'Deployments', 'Release history and rollbacks'),
  api('payroll', 'Payroll', 'Salaries and payslips', {
    access: 'locked',
    level: 'none',
    unlockedBy: ['finance'],
    owner: 'finance-it@acme.example',
    permissions: [{ effect: 'deny', text: 'Everything', rule: 'payroll-finance', unlockedBy: ['finance'] }],
  }),
];

export const sampleCatalog: Catalog = {
  revision: 'r42',
  look: { icon: 'building-2', color: 'purple', environment: 'production' },
  person: {
    subject: 'alice',
    issuer: 'https://id.acme.example',
    name: 'Alice Moreau',
    email: 'alice.moreau@acme.example',
    groups: ['developers', 'sre'],
  },
  apis: [...sampleApis],
};

/** Orders with limits at every stage, a step-up for writing, and roles to ask for; payroll takes requests. */
export function guardedCatalog(nowMs: number): Catalog {
  const hour = 3_600_000;
  const quotas = [
    { name: 'pace', limit: 20, left: 12, resetsAtMs: nowMs + 1000, windowSeconds: 1 },
    { name: 'per-minute', limit: 600, left: 540, resetsAtMs: nowMs + 40_000, windowSeconds: 60 },
    { name: 'hourly-exports', limit: 50, left: 4, resetsAtMs: nowMs + hour / 2, windowSeconds: 3600 },
    { name: 'developers-daily', limit: 10_000, left: 6158, resetsAtMs: nowMs + 9 * hour, windowSeconds: 86_400 },
  ];
  const stepUp = { maxAgeSeconds: 900, acr: ['phr', 'phrh'] };
  const apis = sampleApis.map((entry): CatalogEntry => {
    if (entry.id === 'orders') {
      const write = { effect: 'allow', rule: 'orders-write', unlockedBy: [], stepUp } as const;
      const text = 'Write everything under /v1/orders (sign in again to write)';
      return {
        ...entry,
        quotas,
        stepUpFor: 'write',
        permissions: [...entry.permissions, { ...write, text, unlockedBy: [] }],
        requestable: [{ role: 'orders-admins', maxHours: 8 }],
      };
    }
    if (entry.id === 'inventory')
      return { ...entry, quotas: quotas.slice(2, 3).map((quota) => ({ ...quota, left: 0 })) };
    if (entry.id === 'payroll') {
      const roles = ['finance', 'auditors'];
      return { ...entry, unlockedBy: roles, requestable: roles.map((role) => ({ role, maxHours: 72 })) };
    }
    return entry;
  });
  return { ...sampleCatalog, apis };
}

/** Orders locked for everybody until some time, inventory and payroll for a group, without a word why. */
export function lockedCatalog(nowMs: number): Catalog {
  const locks: Readonly<Record<string, CatalogEntry['lock']>> = {
    orders: { on: 'api', reason: 'Incident 12: the database is being restored', untilMs: nowMs + 5_400_000 },
    inventory: { on: 'group', group: 'sre', untilMs: null },
    payroll: { on: 'group', untilMs: null },
  };
  const apis = sampleApis.map((entry) => {
    const lock = locks[entry.id];
    return lock === undefined ? entry : { ...entry, lock };
  });
  return { ...sampleCatalog, apis };
}

/** Everything locked for the person. */
export function allLockedCatalog(): Catalog {
  const lock = { on: 'person', reason: 'Account stolen', untilMs: null } as const;
  return { ...sampleCatalog, apis: sampleApis.map((entry) => ({ ...entry, lock })) };
}

/** Names, descriptions, groups and owners as long as people make them. */
export function longCatalog(): Catalog {
  const words = 'Customer-relationship and loyalty-programme reconciliation for all subsidiaries';
  const groups = Array.from({ length: 14 }, (_, index) => `ldap-${index}-emea-production-operations-on-call`);
  const apis = ['', '-reporting-pipeline-for-the-nightly-settlement-runs'].map((suffix, index) =>
    api(
      `crm-loyalty-reconciliation${suffix}`,
      `${words} ${index}`,
      `${words}. ${words}, with ${words.toLowerCase()}.`,
      {
        level: 'read-write',
        owner: 'the-customer-relationship-and-loyalty-platform-team-emea@subsidiary.acme.example',
        examplePath: '/v1/reconciliations/2026-11/by-subsidiary?include=accounts,transactions,corrections&page=1',
        permissions: [
          {
            effect: 'allow',
            text: `Read and write everything under /v1/${words.replaceAll(' ', '-')}`,
            rule: 'a',
            unlockedBy: [],
          },
          { effect: 'deny', text: 'Close the books', rule: 'books', unlockedBy: groups.slice(0, 5) },
        ],
      },
    ),
  );
  const locked = api('ledger', `${words} ledger`, words, {
    access: 'locked',
    level: 'none',
    unlockedBy: groups.slice(0, 6),
    owner: 'finance-platform-owners-worldwide@subsidiary.acme.example',
    permissions: [],
  });
  const person = { ...sampleCatalog.person, name: 'Maximiliane-Alexandra von Hohenfels-Kronberg', groups };
  return { ...sampleCatalog, person, apis: [...apis, locked] };
}

/** A catalog with as many open APIs as asked for. */
export function largeCatalog(count: number): Catalog {
  const apis = Array.from({ length: count }, (_, index) =>
    api(`service-${index}`, `Service ${String(index).padStart(4, '0')}`, `Internal service number ${index}`),
  );
  return { ...sampleCatalog, apis };
}

/** Names in scripts that run from the right, beside identifiers and addresses that run from the left. */
export function rightToLeftCatalog(): Catalog {
  const apis = [
    api('orders', 'خدمة الطلبات', 'الطلبات والتسليم (v1/orders/)', {
      level: 'read-write',
      look: { environment: 'production' },
    }),
    api('inventory', 'שירות המלאי הארצי', 'מלאי לפי מחסן', {
      permissions: [{ effect: 'allow', text: 'קריאה וכתיבה /v1/items', rule: 'all', unlockedBy: [] }],
    }),
    api('payroll', 'الرواتب', 'كشوف', { access: 'locked', level: 'none', unlockedBy: ['المالية'], permissions: [] }),
  ];
  return { ...sampleCatalog, person: { ...sampleCatalog.person, name: 'نور الهاشمي' }, apis };
}
