import { z } from 'zod';

/** An address that begins with http:// or https://. */
export const httpUrl = z.url({ protocol: /^https?$/ });
/** A name that people read. */
export const name = z.string().min(1).max(100);
/** Groups as the provider names them. */
export const groups = z.array(z.string().min(1).max(256));
