import { z } from 'zod';

const count = (usual: number): z.ZodDefault<z.ZodInt> => z.int().min(1).max(1_000_000).default(usual);
const minutes = (usual: number): z.ZodDefault<z.ZodInt> => z.int().min(1).max(1440).default(usual);
const days = (usual: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(365).default(usual);

const lockMinutes = z.int().min(1).max(10_080).optional();

/** Locks the person of a finding, so that it goes no further before somebody has looked. */
const locks = {
  lock_minutes: lockMinutes.describe('Locks the person for so long; left out means that nobody is locked.'),
} as const;

/** A rule with its thresholds, or `off`. */
function orOff<Thresholds extends z.ZodObject>(thresholds: Thresholds) {
  return z.union([z.literal('off'), thresholds], 'must be off, or thresholds of the rule');
}

/** The section `anomalies`: what of the audit is out of the ordinary. */
export const anomaliesSchema = z.strictObject({
  quiet_minutes: minutes(60).describe('A finding isn’t repeated for the same person or address for so long.'),
  known_days: days(7).describe('What is new is looked for only of people who have been here for so long.'),
  denial_burst: orOff(z.strictObject({ denials: count(20), minutes: minutes(5), ...locks }))
    .prefault({})
    .describe('Many denied requests of one person.'),
  path_scan: orOff(z.strictObject({ paths: count(25), minutes: minutes(5), ...locks }))
    .prefault({})
    .describe('Many different paths of one API that are denied to, or not found by, one person.'),
  first_use_of_api: orOff(
    z.strictObject({
      max_people: z.int().min(0).max(1_000_000).default(25),
      ...locks,
    }),
  )
    .prefault({})
    .describe('Somebody’s first allowed request to an API that at most so many others used in 30 days.'),
  new_device: orOff(z.strictObject({ alone: z.boolean().default(false), ...locks }))
    .prefault({})
    .describe('A device that is new for the person; unless alone, only with another unusual thing within an hour.'),
  new_address: orOff(z.strictObject({ alone: z.boolean().default(false), ...locks }))
    .prefault({})
    .describe(
      'An address range that nobody used before; unless alone, only with another unusual thing within an hour.',
    ),
  two_places: orOff(z.strictObject({ changes: count(3), minutes: minutes(10), ...locks }))
    .prefault({})
    .describe('One session whose requests come from two address ranges in turn.'),
  refused_sign_ins: orOff(
    z.strictObject({
      refusals: count(30),
      minutes: minutes(10),
      lock_minutes: lockMinutes.describe('Locks the address for so long; left out means that it isn’t locked.'),
      never_lock: z
        .array(z.string().max(50))
        .max(1000)
        .default([])
        .describe('Addresses and networks (CIDR) that are never locked, such as those of offices.'),
    }),
  )
    .prefault({})
    .describe('Many sign-ins that are refused to one address.'),
  dormant_account: orOff(z.strictObject({ days: days(60), ...locks }))
    .prefault({})
    .describe('A person who was away for so long sends a request.'),
  break_glass: orOff(
    z.strictObject({
      names: z.array(z.string().min(1).max(256)).max(100).default(['*break-glass*', '*emergency*']),
      ...locks,
    }),
  )
    .prefault({})
    .describe(
      'A sign-in of an account of the relay’s own, or a request that is allowed by a rule or a granted role of such a name; "*" is any text.',
    ),
});

export type AnomaliesConfig = z.infer<typeof anomaliesSchema>;
