import { z } from 'zod';
import { environments, lookColors, lookIcons } from './look.ts';

/**
 * A look as the catalog tells it. Names that this version doesn't know yet are dropped, so that a newer relay never costs
 * an older app its catalog.
 */
export const lookSchema = z.object({
  icon: z.enum(lookIcons).optional().catch(undefined).meta({ type: 'string' }),
  color: z.enum(lookColors).optional().catch(undefined).meta({ type: 'string' }),
  environment: z.enum(environments).optional().catch(undefined).meta({ type: 'string' }),
});
