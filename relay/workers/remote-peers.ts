import type { Logger } from 'pino';
import type { ConnectVerdict, TunnelPeers } from '../tunnel/tunnel-peers.ts';
import { handOver } from './hand-over.ts';
import type { PrimaryLink } from './primary-link.ts';
import { addressIn, socketPathOf, tokenPrefixOf, type WorkerAddress } from './resume-address.ts';

/** The other workers as the tunnels of this one see them: the primary process counts, and knows nothing more. */
export function createRemotePeers(
  link: PrimaryLink,
  own: WorkerAddress,
  options: { readonly workers: number; readonly folder: string; readonly secret: string; readonly log: Logger },
): TunnelPeers {
  const tokenPrefix = tokenPrefixOf(own);
  const { workers, folder, secret, log } = options;
  return {
    tokenPrefix,
    isOfPeer(resumeToken) {
      const address = addressIn(resumeToken);
      return address !== null && address.worker <= workers && !resumeToken.startsWith(tokenPrefix);
    },
    connect: async (person) => (await link.ask({ type: 'connect', person })) as ConnectVerdict,
    didDisconnect: (person) => link.post({ type: 'disconnected', person }),
    open: async (person, sessionId) => (await link.ask({ type: 'open', person, sessionId })) === true,
    didLose: (sessionId, atMs) => link.post({ type: 'lost', sessionId, atMs }),
    didEnd: (sessionId) => link.post({ type: 'ended', sessionId }),
    didOpenSession: (person, session) => link.post({ type: 'session-opened', person, session }),
    async handOver(client) {
      const address = addressIn(client.resumeToken);
      if (address === null) return false;
      const isTaken = await handOver(socketPathOf(folder, address), secret, client);
      log.info({ to: address.worker, isTaken }, 'a client came back for the tunnel of another worker');
      return isTaken;
    },
  };
}
