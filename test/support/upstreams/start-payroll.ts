import { sendJson, startUpstream, type Upstream } from './start-upstream.ts';

const payslips = [
  { month: '2026-01', employee: 'alice', grossCents: 610_000, currency: 'EUR' },
  { month: '2026-01', employee: 'bob', grossCents: 580_000, currency: 'EUR' },
];

/** Starts the payroll API, read-only: `/v1/payslips` and `/v1/payslips/<employee>`. */
export async function startPayroll(options: { port?: number } = {}): Promise<Upstream> {
  return startUpstream({
    ...options,
    onRequest: ({ response, method, url }) => {
      if (method !== 'GET' && method !== 'HEAD')
        return sendJson(response, 405, { error: 'read-only' }, { allow: 'GET, HEAD' });
      if (url.pathname === '/v1/payslips') return sendJson(response, 200, payslips);
      const own = payslips.filter((payslip) => url.pathname === `/v1/payslips/${payslip.employee}`);
      return own.length === 0 ? sendJson(response, 404, { error: 'not found' }) : sendJson(response, 200, own);
    },
  });
}
