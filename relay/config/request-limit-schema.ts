import { z } from 'zod';
import { groups, name } from './schema-parts.ts';

/** How many requests callers may send. */
export const requestLimitSchema = z.strictObject({
  name: name.describe('Shown in answers and written to the audit; unique within its list.'),
  tiers: z.array(z.string().min(1)).min(1).optional().describe('Only for callers of these tiers; left out means all.'),
  per: z
    .enum(['user', 'all'])
    .default('user')
    .describe('user: each caller has a count of his own. all: everybody it is for shares one.'),
  requests: z.int().min(0).max(1_000_000_000).describe('How many requests one window takes.'),
  every: z
    .enum(['second', 'minute', 'hour', 'day', 'month'])
    .describe('The window; it begins with the clock’s second, minute, hour, day or month in UTC.'),
  on_failure: z
    .enum(['deny', 'allow'])
    .optional()
    .describe('What happens while the counters can’t be reached; needed with Redis, here or under “shared_state”.'),
});

/** A kind of callers, for limits. */
export const tierSchema = z.strictObject({
  name: name,
  groups: groups.optional().describe('Any one of these groups; left out or "*" means everybody, an empty list nobody.'),
});
