import type { z } from 'zod';
import type { configSchema } from '../../relay/config/config-schema.ts';

/** A relay configuration as it is written in the file. */
export type ConfigInput = z.input<typeof configSchema>;

export interface DemoConfigParts {
  readonly relayUrl: string;
  readonly relayPort: number;
  readonly adminPort: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly consoleClientId: string;
  readonly audience: string;
  readonly upstreams: { readonly orders: string; readonly payroll: string; readonly inventory: string };
  /** Suggests local ports 7101–7103; off where several worlds run at once. */
  readonly suggestPorts: boolean;
  readonly logLevel: 'debug' | 'info';
}

/** The demo company's policy: who may do what with orders, payroll and inventory. */
export function demoConfig(parts: DemoConfigParts): ConfigInput {
  const port = (number: number): { port?: number } => (parts.suggestPorts ? { port: number } : {});
  return {
    relay: {
      name: 'Example Company',
      url: parts.relayUrl,
      listen: { host: '127.0.0.1', port: parts.relayPort },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      data: 'data',
      drain_seconds: 1,
    },
    issuers: [{ name: 'Example Company', issuer: parts.issuer, client_id: parts.clientId, audience: parts.audience }],
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        description: 'Customer orders, refunds and their live feed',
        owner: 'orders-team@example.com',
        upstream: parts.upstreams.orders,
        example_path: '/v1/orders/4711',
        ...port(7101),
        rules: [
          { name: 'developers-read', groups: ['developers', 'support'], methods: ['GET'], paths: ['/v1/**'] },
          {
            name: 'developers-write-orders',
            groups: ['developers'],
            methods: ['POST', 'PUT', 'PATCH'],
            paths: ['/v1/orders', '/v1/orders/**', '/v1/import'],
          },
          { name: 'orders-admins-refund', groups: ['orders-admins'], paths: ['/v1/refunds', '/v1/refunds/**'] },
          { name: 'orders-are-kept', effect: 'deny', groups: ['*'], methods: ['DELETE'], paths: ['/v1/orders/**'] },
        ],
      },
      {
        id: 'payroll',
        name: 'Payroll',
        description: 'Payslips and salary runs',
        owner: 'finance@example.com',
        upstream: parts.upstreams.payroll,
        example_path: '/v1/payslips',
        when_locked: 'hide',
        ...port(7102),
        rules: [{ name: 'finance-reads', groups: ['finance'], methods: ['GET'], paths: ['/v1/**'] }],
      },
      {
        id: 'inventory',
        name: 'Inventory',
        description: 'Stock in all warehouses',
        owner: 'warehouse@example.com',
        upstream: parts.upstreams.inventory,
        example_path: '/v1/items',
        ...port(7103),
        rules: [
          { name: 'everyone-reads', groups: ['*'], methods: ['GET'], paths: ['/v1/**'] },
          { name: 'sre-writes', groups: ['sre'], methods: ['PUT', 'POST', 'PATCH', 'DELETE'], paths: ['/v1/items/**'] },
        ],
      },
    ],
    admin: {
      listen: { port: parts.adminPort },
      roles: { owner: ['relay-admins'] },
      console: {
        sign_in: [{ issuer: 'Example Company', client_id: parts.consoleClientId, secrets: ['${file:console-secret}'] }],
      },
    },
    log: { level: parts.logLevel },
  };
}
