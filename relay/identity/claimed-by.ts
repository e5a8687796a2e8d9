import { AccessError } from '../../shared/errors.ts';
import { decodeToken } from './decode-token.ts';

const maxShown = 200;

/**
 * Issuer and subject that a refused token names, unverified and shortened, for the audit's `claimed`; null when the
 * token can't be read. Never a ground for a decision.
 */
export function claimedBy(
  token: string,
  maxTokenBytes: number,
): { readonly issuer: string; readonly subject: string } | null {
  try {
    const { iss, sub } = decodeToken(token, maxTokenBytes).claims;
    if (typeof iss !== 'string' && typeof sub !== 'string') return null;
    return { issuer: shown(iss), subject: shown(sub) };
  } catch (error) {
    if (error instanceof AccessError) return null;
    throw error;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, maxShown) : '';
}
