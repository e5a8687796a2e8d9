import { z } from 'zod';

const addresses = z.array(z.string().min(1)).min(1).max(256).describe('Addresses and ranges of the proxies in front.');
const headers = ['x-forwarded-for', 'forwarded'] as const;

/** Proxies in front of the employees’ port. */
export const trustedProxiesSchema = z.strictObject({
  addresses,
  address_from: z
    .enum([...headers, 'proxy-protocol'])
    .describe('How they name the caller: the one header that they set, or the PROXY protocol (1 and 2).'),
});

/** Proxies in front of the operators’ port, which end TLS. */
export const operatorsProxiesSchema = z.strictObject({
  addresses,
  address_from: z.enum(headers).describe('How they name the operator: the one header that they set.'),
});
