import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import { refused } from './refuse.ts';

type Claims = Readonly<Record<string, unknown>>;

const maxNames = 40;

/**
 * Checks what the config demands of every token of this issuer. Pure.
 * @throws AccessError `token-rejected`, with the claim and the names, never the values, of the claims there were.
 */
export function checkRequiredClaims(claims: Claims, required: IssuerConfig['required_claims']): void {
  for (const [path, wanted] of Object.entries(required)) {
    const value = claimAt(claims, path);
    if (value === undefined || value === null || value === '')
      throw refused(
        `lacks the required claim ${path}; it has ${claimNames(claims)}`,
        sentence('token-lacks', { claim: path }),
      );
    if (wanted === '*') continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!values.some((one) => wanted.some((accepted) => accepted === one)))
      throw refused(
        `has another ${path} claim than this relay demands; it has the claims ${claimNames(claims)}`,
        sentence('token-claim-differs', { claim: path }),
      );
  }
}

function claimNames(claims: Claims): string {
  const names = Object.keys(claims).map((name) => name.replaceAll(/[^\x20-\x7E]/g, '?').slice(0, 64));
  const shown = names.slice(0, maxNames).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
