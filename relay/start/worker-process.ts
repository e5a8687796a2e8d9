import { Socket } from 'node:net';
import { AccessError } from '../../shared/errors.ts';
import { createLog } from './create-log.ts';
import type { Relay } from './relay.ts';
import { startRelay } from './start-relay.ts';
import { createBlockwiseCounters } from '../quota/blockwise-counters.ts';
import { listenForHandOvers } from '../workers/hand-over.ts';
import { createPrimaryLink, type PrimaryLink } from '../workers/primary-link.ts';
import { createRemoteAudit } from '../workers/remote-audit.ts';
import { createRemotePeers } from '../workers/remote-peers.ts';
import { createRemoteCounters, createRemotePace, createRemoteReplays } from '../workers/remote-stores.ts';
import { socketPathOf } from '../workers/resume-address.ts';
import type { ToWorker, WorkerStart } from '../workers/worker-messages.ts';
import { connectionMessage } from '../workers/worker-slot.ts';

const problemsEveryMs = 100;
const metricsEveryMs = 2000;

/** Starts the relay of this worker with what it shares with the others, and follows the primary process. */
async function startWorker(link: PrimaryLink, start: WorkerStart): Promise<Relay> {
  const { config, worker, generation, workers, folder, secret } = start;
  const { relay: settings, limits, log: logSettings } = config.config;
  const log = createLog(logSettings.level).child({ worker });
  const nonceSecret = Buffer.from(start.nonceSecret, 'base64url');
  let others: readonly string[] = [];
  link.onMessage((message) => {
    if (message.type === 'others') others = message.problems;
  });
  const relay = await startRelay(config, log, {
    worker: {
      audit: await createRemoteAudit(link, settings.data, log),
      counters: createBlockwiseCounters(createRemoteCounters(link)),
      paceOfNames: createRemotePace(link),
      identity: {
        replays: createRemoteReplays(link, 'proofs'),
        logoutReplays: createRemoteReplays(link, 'logouts'),
        nonceSecrets: () => [nonceSecret],
      },
      peers: createRemotePeers(link, { worker, generation }, { workers, folder, secret, log }),
      tellKeysChanged: (issuer) => link.post({ type: 'keys-changed', issuer }),
      tellEmergency: (emergency) => link.post({ type: 'emergency', emergency }),
      number: worker,
      workers,
      ticketKeys: Buffer.from(start.ticketKeys, 'base64url'),
      otherProblems: () => others,
    },
  });
  relay.debug(start.debugged);
  const handOvers = await listenForHandOvers({
    path: socketPathOf(folder, { worker, generation }),
    secret,
    maxMessageBytes: limits.max_message_bytes,
    log,
    take: (socket, client) => relay.forPeers.takeOver(socket, client),
  });

  let told: string | undefined;
  const tell = (): void => {
    const problems = relay.problems();
    const words = JSON.stringify(problems);
    if (words === told) return;
    told = words;
    link.post({ type: 'problems', problems });
  };
  tell();
  setInterval(tell, problemsEveryMs).unref();
  const tellVitals = (): void => {
    for (const vitals of relay.vitals()) link.post({ type: 'vitals', vitals });
    void relay.metrics.values().then((values) => link.post({ type: 'metrics', values }));
  };
  tellVitals();
  setInterval(tellVitals, metricsEveryMs).unref();
  return {
    ...relay,
    async close() {
      handOvers.close();
      await relay.close();
    },
  };
}

type Followed = Exclude<ToWorker, { type: 'answer' }>;

/** One message at a time, in their order; what comes before the relay has started waits for it. */
async function follow(link: PrimaryLink, relay: Relay, message: Followed): Promise<void> {
  switch (message.type) {
    case 'reload': {
      let refused: string | null = null;
      try {
        relay.reload(message.config);
      } catch (error) {
        refused = error instanceof Error ? error.message : String(error);
      }
      link.post({ type: 'reloaded', version: message.version, refused });
      return;
    }
    case 'end-lost':
      if (relay.forPeers.endLost(message.sessionId)) return;
      link.post({ type: 'kept', sessionId: message.sessionId, person: message.person });
      return;
    case 'keys-changed':
      relay.forPeers.keysChanged(message.issuer);
      return;
    case 'session-opened':
      relay.forPeers.didOpenSession(message.person, message.session);
      return;
    case 'emergency':
      relay.forPeers.didHearEmergency(message.emergency);
      return;
    case 'tell-emergency':
      relay.tellEmergency(message.emergency);
      link.post({ type: 'emergency', emergency: message.emergency });
      return;
    case 'debug':
      relay.debug(message.targets);
      return;
    case 'drain':
      void relay.drain(message.timeoutMs).then(() => link.post({ type: 'drained' }));
      return;
    case 'send-away':
      relay.sendAway(message.timeoutMs, message.isAlone);
      return;
    case 'take-back':
      relay.takeBack();
      return;
    case 'audit':
    case 'others':
    case 'start':
      // Heard elsewhere.
      return;
    case 'close':
      await relay.close();
      link.flush();
      process.exit(0);
  }
}

/** Connections come from the primary process; it is told of each end, to know how many are open. */
function takeConnections(link: PrimaryLink, relay: Relay): void {
  process.on('message', (message, socket) => {
    if (message !== connectionMessage) return;
    const didClose = (): void => link.post({ type: 'connection-closed' });
    // One that broke on the way comes without a socket.
    if (!(socket instanceof Socket)) didClose();
    else {
      socket.once('close', didClose);
      relay.forPeers.takeConnection(socket);
    }
  });
}

/** The config in force comes with the start, and there is nothing to drain or to close yet. */
function followBeforeStart(link: PrimaryLink, message: ToWorker): void {
  if (message.type === 'reload') link.post({ type: 'reloaded', version: message.version, refused: null });
  if (message.type === 'drain') link.post({ type: 'drained' });
  if (message.type === 'close') process.exit(0);
}

function run(): void {
  if (process.send === undefined) throw new Error('worker-process.ts runs only below the relay’s primary process.');
  // Signals may go to the whole group; what they ask for comes from the primary process, in order.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // Without it nothing can be recorded, counted or revoked.
  process.on('disconnect', () => process.exit(1));
  const link = createPrimaryLink({
    send: (messages) => void process.send?.(messages),
    onMessages(handle) {
      process.on('message', (messages) => {
        if (messages !== connectionMessage) handle(messages as readonly ToWorker[]);
      });
    },
  });
  let started: Promise<Relay> | null = null;
  link.onMessage((message) => {
    if (message.type === 'start') {
      started = startWorker(link, message);
      started.then(
        (relay) => {
          takeConnections(link, relay);
          link.post({ type: 'up' });
        },
        (error: unknown) => {
          const code = error instanceof AccessError ? error.code : 'internal';
          link.post({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
        },
      );
    } else if (started === null) followBeforeStart(link, message);
    else {
      // A relay that could not start has said so.
      void started.then((relay) => follow(link, relay, message)).catch(() => undefined);
    }
  });
  link.post({ type: 'waiting' });
}

run();
