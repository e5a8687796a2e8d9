import { z } from 'zod';
import { apiIdSchema } from '../../shared/catalog.ts';
import { groups, name } from './schema-parts.ts';

/** What people are told of: a request that waits, what became of it, a grant that is about to end, and emergency sign-ins. */
export const noticeKinds = ['requested', 'decided', 'ending', 'break-glass'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

const address = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$/, 'must be a mail address, user@host');
const domain = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,187}[a-z0-9])?$/, 'must be a domain in small letters, for example acme.example');

/** Which requests somebody is told of. */
const chosen = {
  events: z
    .array(z.enum(noticeKinds))
    .min(1)
    .default([...noticeKinds])
    .describe(
      'Of what; of all when left out. Of emergency sign-ins (break-glass) whatever groups, roles and APIs say.',
    ),
  groups: groups.min(1).optional().describe('Only of requests that these groups of approvers may decide.'),
  roles: groups.min(1).optional().describe('Only of requests for these roles.'),
  apis: z.array(apiIdSchema).min(1).optional().describe('Only of requests at these APIs.'),
};

const webhookSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be of small letters, digits and “-”')
    .describe('Unique; it stands in the log and in the metrics.'),
  url: z.url({ protocol: /^https?$/ }).describe('Where to; https:// except on loopback.'),
  secrets: z
    .array(z.string().min(1))
    .min(1)
    .max(2)
    .describe('${env:NAME} or ${file:PATH} with “whsec_…”; while it is changed both stand here.'),
  ca: z.string().optional().describe('PEM file with certificate authorities for the receiver’s TLS.'),
  timeout_seconds: z.int().min(1).max(60).default(10).describe('Longest wait for the receiver.'),
  ...chosen,
});

const mailSchema = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, 'must be a host name or an address')
    .describe('The mail server.'),
  port: z.int().min(1).max(65_535).default(587),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('starttls demands it; implicit is TLS from the start (port 465); none only on loopback.'),
  ca: z.string().optional().describe('PEM file with certificate authorities for the mail server’s TLS.'),
  user: z.string().min(1).max(256).optional().describe('Whom the relay signs in as; nobody when left out.'),
  password: z.string().min(1).optional().describe('${env:NAME} or ${file:PATH}.'),
  from: z
    .strictObject({ name: name.default('Causeway'), address: address.describe('Address that mails come from.') })
    .describe('Whom mails come from.'),
  timeout_seconds: z.int().min(1).max(60).default(30).describe('Longest wait for the mail server.'),
  requester_domains: z
    .array(domain)
    .max(20)
    .default([])
    .describe('Those who asked are told at their user name: as it is in one of these domains, else in the first one.'),
  to: z
    .array(z.strictObject({ addresses: z.array(address).min(1).max(50).describe('Each gets a mail.'), ...chosen }))
    .max(100)
    .default([])
    .describe('Who is told of which requests.'),
});

/** The section `notify`: who is told of requests for access, and how. */
export const notifySchema = z.strictObject({
  console_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the operators’ console in messages; that of admin.console when left out.'),
  ending_minutes: z.int().min(1).max(10_080).default(30).describe('How long before its end a grant is about to end.'),
  give_up_hours: z.int().min(1).max(168).default(24).describe('How long a message that can’t be delivered is tried.'),
  webhooks: z.array(webhookSchema).max(20).default([]),
  mail: mailSchema.optional().describe('Mails, through your mail server (SMTP).'),
});

export type NotifyConfig = z.infer<typeof notifySchema>;
export type NotifyWebhookConfig = NotifyConfig['webhooks'][number];
export type NotifyMailConfig = NonNullable<NotifyConfig['mail']>;
