import type { z } from 'zod';
import {
  accessRequestsPath,
  type ShownRequest,
  shownRequestSchema,
  type ShownRequests,
  shownRequestsSchema,
} from '../../shared/access-request.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { SignedInSession } from './signed-in-session.ts';
import type { AccessWish, RequestDecision } from './wishes.ts';

type Asking = Pick<SignedInSession, 'ask'>;

/** The person's own requests, and those that the person decides on. @throws AccessError with the relay's reason, or `relay-not-causeway` */
export async function listRequests(session: Asking): Promise<ShownRequests> {
  return read(
    shownRequestsSchema,
    await session.ask({ path: accessRequestsPath, about: text('failure.about-requests') }),
  );
}

/**
 * Asks the relay for a role. The same wish, while it waits for an answer, is one request.
 * @throws AccessError as {@link listRequests}
 */
export async function requestAccess(session: Asking, wish: AccessWish): Promise<ShownRequest> {
  const body = await session.ask({ path: accessRequestsPath, body: wish, about: text('failure.about-request') });
  return read(shownRequestSchema, body);
}

/** Takes back a request of one's own that waits, or gives up what it gave. @throws AccessError as {@link listRequests} */
export async function withdrawRequest(session: Asking, id: string): Promise<ShownRequest> {
  const body = await session.ask({ path: pathOf(id), method: 'DELETE', about: text('failure.about-request-end') });
  return read(shownRequestSchema, body);
}

/**
 * Approves or refuses somebody's request, or ends its grant early.
 * @throws AccessError as {@link listRequests}, and `already-decided` when somebody else was faster
 */
export async function decideRequest(session: Asking, id: string, decision: RequestDecision): Promise<ShownRequest> {
  const { verdict, note, hours } = decision;
  const body = { note, ...(hours === undefined ? {} : { hours }) };
  const path = `${pathOf(id)}/${verdict}`;
  return read(shownRequestSchema, await session.ask({ path, body, about: text('failure.about-decision') }));
}

function pathOf(id: string): string {
  return `${accessRequestsPath}/${encodeURIComponent(id)}`;
}

function read<Shape extends z.ZodType>(schema: Shape, body: unknown): z.output<Shape> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AccessError('relay-not-causeway', text('failure.unreadable'));
  return parsed.data;
}
