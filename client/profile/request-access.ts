import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import type { AccessAnswer, AccessWish } from './wishes.ts';
import type { SignedInSession } from './signed-in-session.ts';
import { text } from '../../shared/messages/text.ts';

const answerSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'approved', 'refused', 'revoked', 'expired']),
  role: z.string(),
  hours: z.number(),
});

/**
 * Asks the relay for a role. The same wish, while it waits for an answer, is one request.
 * @throws AccessError with the relay's reason, or `relay-not-causeway`
 */
export async function requestAccess(session: Pick<SignedInSession, 'ask'>, wish: AccessWish): Promise<AccessAnswer> {
  const body = await session.ask({
    path: '/v1/access-requests',
    body: wish,
    about: 'the request for access',
  });
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) throw new AccessError('relay-not-causeway', text('failure.unreadable'));
  return parsed.data;
}
