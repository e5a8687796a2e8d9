import { descriptorLimit } from './descriptor-room.ts';
import { text } from '../../shared/messages/text.ts';

/** Why a local connection was turned away before anything was read from it. */
export type Refusal = 'other-user' | 'unknown-owner' | 'no-descriptors';

/** What happened and what to do, in a sentence or two. */
export function refusalText(refusal: Refusal): string {
  switch (refusal) {
    case 'other-user':
      return text('failure.refused.other-user');
    case 'unknown-owner':
      return text('failure.refused.unknown-owner');
    case 'no-descriptors':
      return text('failure.refused.no-descriptors', { limit: String(descriptorLimit()) });
  }
}
