import { z } from 'zod';

const most = 20;

/** What IT says of a computer for the relay’s rules: facts by name, for example `asset: PC-4711`. */
export const deviceAttributesSchema = z
  .record(z.string().regex(/^[\w.-]{1,64}$/), z.string().min(1).max(200))
  .refine((given) => Object.keys(given).length <= most);
