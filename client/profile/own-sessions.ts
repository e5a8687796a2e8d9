import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { type OwnSession, ownSessionSchema, sessionsPath } from '../../shared/own-session.ts';
import type { SignedInSession } from './signed-in-session.ts';
import { text } from '../../shared/messages/text.ts';

const listSchema = z.object({ sessions: z.array(ownSessionSchema) });
const renamedSchema = z.object({ name: z.string() });
const endedSchema = z.object({ ended: z.array(z.string()) });

type Asking = Pick<SignedInSession, 'ask'>;

/** The person's own sessions, on all devices. @throws AccessError with the relay's reason, or `relay-not-causeway` */
export async function ownSessions(session: Asking): Promise<readonly OwnSession[]> {
  const body = await session.ask({ path: sessionsPath, about: text('failure.about-sessions') });
  return read(listSchema, body).sessions;
}

/** Ends one of them, or all but this one; the ids of those that ended. @throws AccessError as {@link ownSessions} */
export async function endSessions(
  session: Asking,
  which: { readonly id: string } | 'others',
): Promise<readonly string[]> {
  const path = which === 'others' ? sessionsPath : `${sessionsPath}/${encodeURIComponent(which.id)}`;
  const body = await session.ask({ path, method: 'DELETE', about: text('failure.about-session-end') });
  return read(endedSchema, body).ended;
}

/** Gives the device of one a name, or with the empty one takes that back; what it is called now. @throws AccessError as {@link ownSessions} */
export async function renameSession(session: Asking, id: string, name: string): Promise<string> {
  const path = `${sessionsPath}/${encodeURIComponent(id)}/name`;
  const body = await session.ask({ path, body: { name }, about: text('failure.about-device-name') });
  return read(renamedSchema, body).name;
}

function read<Shape extends z.ZodType>(schema: Shape, body: unknown): z.output<Shape> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AccessError('relay-not-causeway', text('failure.unreadable'));
  return parsed.data;
}
