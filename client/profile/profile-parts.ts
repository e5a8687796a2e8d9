import { text } from '../../shared/messages/text.ts';
import { join } from 'node:path';
import { claimNames } from '../listeners/api-names.ts';
import { answerLocally, type LocalRefusal } from '../tunnel/local-answer.ts';
import { type AccessKeys, createAccessKeys } from './access-keys.ts';
import { listRequests } from './access-requests.ts';
import { type Connections, createConnections } from './connections.ts';
import { holdEmergencies } from './emergencies.ts';
import type { HeldRecord } from './held-record.ts';
import { managedPortsOf } from './managed-ports.ts';
import { createNewDevices } from './new-devices.ts';
import { ownSessions } from './own-sessions.ts';
import { createProfileActivity, type ProfileActivity } from './profile-activity.ts';
import { createProfileCatalog, type ProfileCatalog } from './profile-catalog.ts';
import type { ProfileContext } from './profile-context.ts';
import { createQuotaWatch } from './quota-watch.ts';
import { createRefusedConnections } from './refused-connections.ts';
import { createRequestHolder } from './request-holder.ts';
import type { SignedInSession } from './signed-in-session.ts';
import { switchOnDefaults } from './switch-on-defaults.ts';
import { createStepUpAsker, type StepUpAsker } from './step-up.ts';

const lookForDevicesMs = 120_000;
const signedOut = (): LocalRefusal => ({ code: 'not-signed-in', detail: text('failure.nobody') });

/** The sign-in that the parts belong to, as it is at each moment. */
export interface LiveSignIn {
  session(): SignedInSession | null;
  /** Why nothing gets through; null while it does. */
  why(): LocalRefusal | null;
}

/** What a profile has besides its sign-in: catalog, connections, activity, requests and what is watched. */
export interface ProfileParts {
  readonly activity: ProfileActivity;
  readonly catalog: ProfileCatalog;
  readonly accessKeys: AccessKeys;
  readonly connections: Connections;
  readonly emergencies: ReturnType<typeof holdEmergencies>;
  readonly newDevices: ReturnType<typeof createNewDevices>;
  readonly quotas: ReturnType<typeof createQuotaWatch>;
  readonly requests: ReturnType<typeof createRequestHolder>;
  readonly stepUp: StepUpAsker;
  announceListeners(): void;
  /** Nothing more is asked or told until the next sign-in. */
  quiet(): void;
  /** Forgets what is the person's here, but for the sign-in itself; gives what kept something of it on the disk, or null. */
  forgetPerson(): Promise<unknown>;
}

/** See {@link ProfileParts}. */
export function createProfileParts(context: ProfileContext, held: HeldRecord, live: LiveSignIn): ProfileParts {
  const { now } = context;
  const { secrets, stateDir } = context.options;
  const { record, remember } = held;
  const { id, relayUrl } = record();
  const activity = createProfileActivity(context, id);
  const catalog = createProfileCatalog(held, now, () =>
    switchOnDefaults(context, held, { catalog, connections }, live),
  );
  const accessKeys = createAccessKeys({ secrets, record, remember });
  const refusedConnections = createRefusedConnections({ tell: (entry) => activity.add([entry], {}), now });

  /** The session of a person who is signed in now; services have no list of their own. */
  function personal(): SignedInSession | null {
    const session = live.session();
    return session?.signInState().status === 'signed-in' && !session.isService ? session : null;
  }

  function whenPersonal<T>(ask: (session: SignedInSession) => T): () => T | null {
    return () => {
      const session = personal();
      return session === null ? null : ask(session);
    };
  }

  function announceListeners(): void {
    live.session()?.setListeners(connections.descriptions());
  }

  const connections = createConnections({
    record,
    remember,
    accessKeys,
    socketFolder: join(stateDir, 'sockets', id),
    entry: (api) => catalog.entry(api),
    managedPort: (api) => managedPortsOf(context.managed(), record())[api],
    reservedPorts: context.reservedPorts,
    othersPorts: () => context.othersPorts(id),
    gateway: context.gateway,
    claimNames: (api) => {
      const claimed = claimNames(api, record(), context.otherProfiles(id));
      if (claimed !== null) remember(claimed);
    },
    carry: (socket, listenerId) => {
      const session = live.session();
      if (session) session.carry(socket, listenerId);
      else answerLocally(socket, live.why() ?? signedOut(), 503);
    },
    onRefused: (api, refusal) => refusedConnections.add(api, refusal),
    onChange: () => {
      announceListeners();
      context.onChange();
    },
    now,
  });
  const newDevices = createNewDevices({
    ask: whenPersonal(ownSessions),
    record,
    remember,
    onChange: context.onChange,
    everyMs: context.options.lookForDevicesMs ?? lookForDevicesMs,
  });
  const emergencies = holdEmergencies(context.onChange);
  const quotas = createQuotaWatch({
    entry: (api) => catalog.entry(api),
    ask: async (api) => live.session()?.refreshQuotas(api),
    now,
  });
  const requests = createRequestHolder({ ask: whenPersonal(listRequests), onChange: context.onChange });
  const stepUp = createStepUpAsker(context, relayUrl, () => live.session());

  function quiet(): void {
    stepUp.reset();
    newDevices.stop();
    emergencies.clear();
    refusedConnections.reset();
  }

  return {
    activity,
    catalog,
    accessKeys,
    connections,
    emergencies,
    newDevices,
    quotas,
    requests,
    stepUp,
    announceListeners,
    quiet,
    async forgetPerson() {
      let failure: unknown = null;
      quiet();
      await accessKeys.clear().catch((error: unknown) => (failure ??= error));
      catalog.clear();
      requests.clear();
      quotas.clear();
      await activity.clear().catch((error: unknown) => (failure ??= error));
      remember({ connected: [], paused: [], ...(record().switchedOn === undefined ? {} : { switchedOn: [] }) });
      return failure;
    },
  };
}
