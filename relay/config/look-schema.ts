import { z } from 'zod';
import { environments, type Look, lookColors, lookIcons } from '../../shared/look.ts';

/** Keys by which a relay or an API is told from others at a glance: names of a fixed set, never styles. */
export const lookKeys = {
  icon: z.enum(lookIcons).optional().describe('Picture that the app shows, by its name among Lucide’s.'),
  color: z.enum(lookColors).optional().describe('Colour of the picture’s tile.'),
  environment: z
    .enum(environments)
    .optional()
    .describe('What it is for: production and the rest differ at a glance in the app.'),
};

/** The look as the catalog tells it; undefined when no key is set. */
export function lookOf({ icon, color, environment }: Look): Look | undefined {
  if (icon === undefined && color === undefined && environment === undefined) return undefined;
  return {
    ...(icon === undefined ? {} : { icon }),
    ...(color === undefined ? {} : { color }),
    ...(environment === undefined ? {} : { environment }),
  };
}
