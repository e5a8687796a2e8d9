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
  api('orders', 'Orders', 'Order intake and fulfilment, production', {
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
  api('feature-flags', 'Feature flags', 'Flags and experiments, staging', { level: 'read-write' }),
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
  person: {
    subject: 'alice',
    issuer: 'https://id.acme.example',
    name: 'Alice Moreau',
    email: 'alice.moreau@acme.example',
    groups: ['developers', 'sre'],
  },
  apis: [...sampleApis],
};

/** A catalog with as many open APIs as asked for. */
export function largeCatalog(count: number): Catalog {
  const apis = Array.from({ length: count }, (_, index) =>
    api(`service-${index}`, `Service ${String(index).padStart(4, '0')}`, `Internal service number ${index}`),
  );
  return { ...sampleCatalog, apis };
}
