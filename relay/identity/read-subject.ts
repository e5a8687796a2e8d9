import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import { refused } from './refuse.ts';

/** Whom a token is of: the first of the issuer’s subject claims that it has. @throws AccessError `token-rejected` */
export function readSubject(claims: Readonly<Record<string, unknown>>, issuer: IssuerConfig): string {
  const paths = issuer.claims.subject;
  const subject = paths.map((path) => claimAt(claims, path)).find((value) => value !== undefined);
  if (typeof subject !== 'string' || subject === '' || subject.length > 1024)
    throw refused(`has no usable ${paths.join(' or ')} claim`, sentence('token-lacks', { claim: { any: paths } }));
  return subject;
}
