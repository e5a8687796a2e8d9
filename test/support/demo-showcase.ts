import type { ConfigInput } from './demo-config.ts';

/**
 * The demo company with all that an employee can meet: Payroll is locked and can be asked for, Orders counts requests and
 * asks for a fresh sign-in before writing. alice asks; dana, who runs the relay, decides.
 */
export function demoShowcase(config: ConfigInput): ConfigInput {
  return {
    ...config,
    apis: config.apis.map((api) => {
      switch (api.id) {
        case 'payroll':
          return {
            ...api,
            when_locked: 'show',
            access_requests: { roles: ['finance'], approvers: ['relay-admins'], max_hours: 8 },
          };
        case 'orders':
          return {
            ...api,
            access_requests: { roles: ['orders-admins'], approvers: ['relay-admins'], max_hours: 4 },
            request_limits: [
              { name: 'pace', requests: 600, every: 'minute' },
              { name: 'monthly', requests: 10_000, every: 'month' },
            ],
            rules: (api.rules ?? []).map((rule) =>
              rule.name === 'developers-write-orders' ? { ...rule, max_auth_age: 900 } : rule,
            ),
          };
        case 'inventory':
          return { ...api, request_limits: [{ name: 'daily', requests: 200, every: 'day' }] };
        default:
          return api;
      }
    }),
  };
}
