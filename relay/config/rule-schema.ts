import { z } from 'zod';
import { groups, name } from './schema-parts.ts';
import { knownMethods } from './values/known-methods.ts';

const neverForwarded = new Set(['CONNECT', 'TRACE']);

const methodSchema = z
  .string()
  .regex(/^(?:\*|[A-Z][A-Z-]*)$/, 'must be an HTTP method in capitals, or "*"')
  .refine((method) => !neverForwarded.has(method), 'CONNECT and TRACE never pass the relay')
  .refine((method) => !/^[A-Z][A-Z-]*$/.test(method) || neverForwarded.has(method) || knownMethods.has(method), {
    error: ({ input }) => `is refused by the relay’s HTTP parser, which doesn’t know ${String(input)}. Remove it`,
  });

const timeOfDay = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day like "08:30"');

const timeWindowSchema = z.strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .default(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
    .describe('Days on which the window begins.'),
  from: timeOfDay.default('00:00').describe('Time of day when it begins.'),
  to: timeOfDay.default('24:00').describe('Time of day when it is over; earlier than "from" means on the next day.'),
  zone: z.string().min(1).default('UTC').describe('Time zone, for example "Europe/Berlin".'),
});

const deviceSchema = z
  .strictObject({
    system: z
      .array(z.string().min(1))
      .optional()
      .describe('Operating systems as the app reports them; "*" is any text.'),
    name: z.array(z.string().min(1)).optional().describe('Names of computers; "*" is any text.'),
    attributes: z
      .record(
        z.string().regex(/^[\w.-]{1,64}$/, 'must be the name of an attribute'),
        z.array(z.string().min(1)).max(256),
      )
      .optional()
      .describe('What IT says of the computer (deviceAttributes), by name: any one of these; "*" is any text.'),
    minimum_app_version: z
      .string()
      .regex(/^\d+(?:\.\d+){0,2}$/, 'must be a version like "1.4.0"')
      .optional()
      .describe('Oldest version of the app.'),
  })
  .refine(
    (device) => Object.keys(device).length > 0,
    'asks for nothing. Write system, name, attributes or minimum_app_version, or remove it',
  );

/** One of an API’s rules. */
export const ruleSchema = z.strictObject({
  name: name.describe('Shown to people and written to the audit; unique within the API.'),
  effect: z.enum(['allow', 'deny']).default('allow').describe('deny wins over every allow.'),
  groups: groups
    .optional()
    .describe('Any one of these groups. Left out or "*" means everybody signed in; an empty list means nobody.'),
  methods: z.array(methodSchema).min(1).default(['*']).describe('GET includes HEAD.'),
  paths: z
    .array(z.string().min(1).max(1024).startsWith('/'))
    .min(1)
    .default(['/**'])
    .describe('"*" is one segment or part of one, "**" any number of segments, also none.'),
  description: z.string().max(300).optional().describe('Words for the app instead of the generated ones.'),
  kind: z.enum(['person', 'service']).optional().describe('Only people, or only services with a token of their own.'),
  claims: z
    .record(z.string().min(1), z.array(z.union([z.string(), z.number(), z.boolean()])).max(256))
    .optional()
    .describe('Claims of the token, by path: each must hold one of its values. An empty list means nobody.'),
  scopes: z.array(z.string().min(1)).optional().describe('Any one of these scopes. An empty list means nobody.'),
  times: z.array(timeWindowSchema).max(32).optional().describe('Any one of these windows. An empty list means never.'),
  networks: z
    .array(z.string().min(1))
    .max(256)
    .optional()
    .describe('Where the tunnel comes from: any one of these addresses or ranges. An empty list means nowhere.'),
  device: deviceSchema.optional().describe('What the app reports of the computer; it isn’t verified.'),
  max_auth_age: z
    .int()
    .min(1)
    .max(31_536_000)
    .optional()
    .describe('Allow rules only: the person must have signed in within so many seconds, else is asked to.'),
  acr: z
    .array(z.string().regex(/^[!#-[\]-~]+$/, 'must be one word without quotes'))
    .min(1)
    .optional()
    .describe('Allow rules only: the sign-in must be of one of these kinds (acr), best first, else is asked for.'),
});
