import type { ActivityBatch } from './activity-store.ts';
import type { ManagedState } from '../../shared/managed/managed-state.ts';
import type { ClientCoreOptions } from './core-options.ts';
import type { OtherProfiles } from '../listeners/api-names.ts';
import type { Gateway } from '../listeners/gateway.ts';
import type { HttpClient } from '../network/http-client.ts';
import type { ProxySource } from '../network/proxy-source.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';

/** What every profile gets from the client core that it is part of. */
export interface ProfileContext {
  readonly options: ClientCoreOptions;
  /** What IT has set from outside, as it holds now. */
  readonly managed: () => ManagedState;
  /** This computer as the relay is told of it. */
  readonly device: () => ClientCoreOptions['device'] & { readonly attributes?: Readonly<Record<string, string>> };
  readonly http: HttpClient;
  readonly proxies: ProxySource;
  readonly gateway: Gateway;
  readonly now: () => number;
  /** Ports in use or remembered anywhere, the gateway's included. */
  readonly reservedPorts: () => ReadonlySet<number>;
  /** Those of them that aren't this profile's. */
  readonly othersPorts: (profileId: string) => ReadonlySet<number>;
  /** The other profiles, in their order. */
  readonly otherProfiles: (profileId: string) => OtherProfiles;
  /** Whether another account at the same relay is kept here. */
  readonly hasOtherAccount: (profileId: string) => boolean;
  /** Gives a sign-in to the other account of the relay that is this person's; false when there is none. */
  readonly handOver: (profileId: string, person: string, signedIn: SignedIn) => Promise<boolean>;
  /** Something that the snapshot shows has changed. */
  readonly onChange: () => void;
  /** Something that is remembered between runs has changed. */
  readonly onRemember: () => void;
  readonly onActivity: (profileId: string, batch: ActivityBatch) => void;
}
