import { z } from 'zod';

export const orderedActs = ['drain', 'undrain'] as const;
export type OrderedAct = (typeof orderedActs)[number];

/** What a relay is asked to do by an operator at another one. */
export const relayOrderSchema = z.object({
  id: z.string().max(64),
  /** Of the relay that is to do it, and when it had started: the next process of it has nothing to do with it. */
  relay: z.string().max(100),
  startedAtMs: z.number(),
  act: z.enum(orderedActs),
  by: z.string().max(400),
  /** The relay where it was asked for. */
  at: z.string().max(100),
  reason: z.string().max(1000),
});
export type RelayOrder = z.infer<typeof relayOrderSchema>;
