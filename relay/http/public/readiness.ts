import type { AuditLog } from '../../audit/audit-record.ts';
import type { Authenticator } from '../../identity/identity.ts';

export interface ReadinessParts {
  readonly authenticator: Pick<Authenticator, 'readiness'>;
  readonly audit: Pick<AuditLog, 'healthy'>;
  readonly draining: () => boolean;
  /** What keeps the relay's other processes from being ready. */
  readonly otherProblems?: () => readonly string[];
}

/** Two kinds of readiness, for two who ask: whoever rolls a new version out, and balancers. */
export interface Readiness {
  /** All is there that new sign-ins and tunnels need, also what relays share. */
  readonly takesTunnels: () => boolean;
  /**
   * Nothing is wrong with this node alone. What all nodes miss at once (a provider, the shared Redis or storage) doesn't
   * count once the node was ready: a balancer that took all of them out would cut those off whose tunnels go on.
   */
  readonly isNodeWell: () => boolean;
}

export function createReadiness({ authenticator, audit, draining, otherProblems }: ReadinessParts): Readiness {
  const canGoOn = (): boolean => audit.healthy && !draining();
  return {
    takesTunnels: () => authenticator.readiness().ready && canGoOn() && (otherProblems?.() ?? []).length === 0,
    isNodeWell: () => authenticator.readiness().wasReady && canGoOn(),
  };
}
