import { z } from 'zod';
import { consoleSchema } from './console-schema.ts';
import { operatorsProxiesSchema } from './trusted-proxies-schema.ts';

/** What operators may do, from least to most; each group of people holds the roles that name it. */
export const adminRoles = ['viewer', 'auditor', 'operator', 'owner'] as const;
export type AdminRole = (typeof adminRoles)[number];

const groups = z.array(z.string().min(1).max(256)).max(100).default([]);

/** The section `admin`: the operators’ port. */
export const adminSchema = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; others than loopback need tls.'),
      port: z.int().min(0).max(65535).default(8443).describe('Port to listen on; 0 picks a free one.'),
    })
    .prefault({}),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address as operators reach it, when it isn’t the one that is listened on.'),
  tls: z
    .strictObject({
      cert: z.string().describe('PEM file with the certificate chain, relative to this file.'),
      key: z.string().describe('PEM file with the private key; must not be readable by others.'),
      client_ca: z.string().optional().describe('PEM file: only callers with a certificate of this authority get in.'),
    })
    .optional(),
  trusted_proxies: operatorsProxiesSchema
    .optional()
    .describe('Proxies in front of this port whose word on the operator’s address counts; nobody’s when left out.'),
  socket_group: z
    .union([z.string().regex(/^[^\s:,]{1,64}$/, 'must be a group’s name or number'), z.int().min(0)])
    .transform(String)
    .optional()
    .describe('Group of the operating system whose members may use admin.sock in relay.data, as owners; nobody else.'),
  roles: z
    .strictObject({
      viewer: groups.describe('See how the relay is, and its APIs.'),
      auditor: groups.describe('Read audit, people, usage and policy besides.'),
      operator: groups.describe('End sessions, lock, decide on requests, reload, besides what viewers see.'),
      owner: groups.describe('All of it.'),
    })
    .prefault({})
    .describe('Groups of the identity providers, by what their people may do.'),
  console: consoleSchema.optional().describe('Sign-in at the operators’ console; none is possible when left out.'),
});

export type AdminConfig = z.infer<typeof adminSchema>;
