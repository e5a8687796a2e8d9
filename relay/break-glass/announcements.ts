import type { Logger } from 'pino';
import type { EmergencySignIn } from '../../shared/emergency.ts';
import { AccessError } from '../../shared/errors.ts';
import type { AuditLog, AuditRecord } from '../audit/audit-record.ts';
import { networkOf } from '../config/values/address-network.ts';
import { othersWords, recordSeldom } from '../audit/record-seldom.ts';
import { emergencySignIn } from './tell-owners.ts';

/** A sign-in of an account of the relay’s own, as everybody responsible learns of it. */
export interface BreakGlassSignIn {
  readonly account: string;
  readonly how: 'passkey' | 'passphrase';
  readonly approvedBy: string | null;
  readonly provedAtMs: number;
  readonly remoteAddress: string;
  readonly endsAtMs: number;
}

/** Tells of what happens with break-glass: in the audit, from where sinks, metrics and reports have it, in the log and to owners. */
export interface Announcements {
  /** Resolves once it is durable: nobody gets in unrecorded. @throws AccessError `audit-unavailable` */
  signedIn(signIn: BreakGlassSignIn): Promise<void>;
  /** @param account only one that there is: whatever else was typed may be a secret */
  refused(reason: string, account: string | null, remoteAddress: string): void;
  /** A refusal that anybody can cause at will; recorded once in a while. */
  stray(reason: string, remoteAddress: string): void;
  /** Somebody has to wait; recorded once in a while. */
  locked(account: string | null, remoteAddress: string, waitMs: number): void;
  /** Anything else that an auditor wants to know. */
  note(detail: string): void;
}

export function createAnnouncements(options: {
  readonly issuer: string;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly now: () => number;
  /** Somebody is about to get in, and it is recorded. */
  readonly onSignedIn: (signIn: EmergencySignIn) => void;
}): Announcements {
  const { issuer, audit, log, now, onSignedIn } = options;
  // What strangers do takes no room from what concerns an account.
  const [ofStrangers, ofAccounts] = [recordSeldom(now), recordSeldom(now)];
  const append = (record: AuditRecord): void =>
    audit.append(record, (error) => {
      if (error !== null) log.error({ err: error }, 'what happened with break-glass could not be recorded');
    });
  const refused = (detail: string, account: string | null, remoteAddress: string): void => {
    log.warn({ account, remoteAddress, reason: detail }, 'a break-glass sign-in was refused');
    append({
      type: 'authentication-refused',
      timeMs: now(),
      remoteAddress,
      code: 'token-rejected',
      detail: `Break-glass sign-in refused. ${detail.replace(/\.$/, '')}.`,
      claimed: { issuer, subject: account ?? '' },
    });
  };

  const refusedSeldom = (kind: string, detail: string, account: string | null, remoteAddress: string): void => {
    const told = (account === null ? ofStrangers : ofAccounts).ask(`${kind}\n${networkOf(remoteAddress)}`);
    if (told === null) return;
    refused(`${detail}${othersWords(told.leftOut)}`, account, remoteAddress);
  };

  return {
    signedIn: (signIn) =>
      new Promise((resolve, reject) => {
        const { account, how, approvedBy, provedAtMs, remoteAddress, endsAtMs } = signIn;
        const until = new Date(endsAtMs).toISOString();
        const by = approvedBy === null ? '' : `, approved by ${approvedBy}`;
        const detail = `Break-glass sign-in of ${account} by ${how} from ${remoteAddress}${by}, until ${until}.`;
        log.warn({ account, how, approvedBy, remoteAddress, until }, 'break-glass: somebody has signed in');
        const person = { issuer, subject: account, username: account };
        const event = 'break-glass-sign-in';
        audit.append({ type: 'relay', timeMs: now(), event, detail, person, remoteAddress }, (error) => {
          if (error !== null) {
            reject(new AccessError('audit-unavailable', error.message, { cause: error }));
            return;
          }
          onSignedIn(emergencySignIn(account, provedAtMs));
          resolve();
        });
      }),
    refused,
    stray: (reason, remoteAddress) => refusedSeldom(reason, reason, null, remoteAddress),
    locked(account, remoteAddress, waitMs) {
      refusedSeldom(
        `locked ${account}`,
        `too many wrong answers: ${Math.ceil(waitMs / 1000)} s to wait`,
        account,
        remoteAddress,
      );
    },
    note(detail) {
      log.warn({ detail }, 'break-glass');
      append({ type: 'relay', timeMs: now(), event: 'break-glass-account', detail });
    },
  };
}
