import { stream } from 'hono/streaming';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { AdminContext } from './admin-env.ts';
import { mayDo, type Right } from './operator-roles.ts';

/** One part of an answer, and what comes after it; null at the end. */
export interface Part {
  readonly text: string;
  readonly next: (() => Promise<Part>) | null;
}

/**
 * Answers part by part for as long as the caller may have them. What breaks off breaks the connection, too: otherwise what
 * has arrived would look whole.
 */
export function sendParts(context: AdminContext, right: Right, first: Part, log: Logger): Response {
  return stream(context, async (out) => {
    let caller = context.get('caller');
    try {
      let part = first;
      for (;;) {
        await out.write(part.text);
        if (part.next === null || out.aborted) return;
        caller = await caller.again();
        if (!mayDo(caller.roles, right))
          throw new AccessError('policy-denied', `${caller.name} has no longer the right ${right}.`);
        part = await part.next();
      }
    } catch (error) {
      log.warn({ err: error, operator: caller.name, path: context.req.path }, 'an answer of the admin API broke off');
      context.env.outgoing.destroy();
    }
  });
}
