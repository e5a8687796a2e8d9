import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { catalogParts } from '../../shared/tunnel/catalog-parts.ts';
import type { ClientControl, ListenerDescription, RelayControl } from '../../shared/tunnel/control-message.ts';
import { ListenerAssembly } from '../../shared/tunnel/listener-parts.ts';
import type { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import type { AuditCaller } from '../audit/audit-record.ts';
import type { FurtherRequest } from '../policy/decide-all.ts';
import type { Identity } from '../identity/identity.ts';
import type { LockedCaller } from '../sessions/locks-in-force.ts';
import { sessionIdOf } from '../sessions/session-identity.ts';
import { ActivityFeed } from './activity-feed.ts';
import { CountedExchanges } from './counted-exchanges.ts';
import { FairBudget } from './fair-budget.ts';
import type { Placed } from './placed-list.ts';
import { TunnelMemory } from './tunnel-memory.ts';

type Welcome = Extract<RelayControl, { type: 'welcome' }>;
type Device = Extract<ClientControl, { type: 'hello' }>['device'];

/** A request under way, as far as a session has to know it. */
export interface ActiveExchange extends Placed {
  readonly api: string;
  readonly method: string;
  readonly path: string;
  /** What it asks for besides, by headers. */
  readonly further: readonly FurtherRequest[];
  /** Allowed by a rule; anything else is being refused anyway. */
  readonly allowed: boolean;
  takePendingEntry(): ActivityEntry | null;
  /** Ends it at once, in both directions. */
  revoke(detail: string): void;
}

/** Bounds that all sessions of the relay share. */
export type SharedBounds = Readonly<Record<'bytes' | 'growth' | 'requests', FairBudget>>;

function unbounded(): SharedBounds {
  return { bytes: new FairBudget(Infinity), growth: new FairBudget(Infinity), requests: new FairBudget(Infinity) };
}

/** A person's tunnel: validated claims with an end, the device, its local listeners, and the streams. */
export class TunnelSession {
  readonly id: string;
  readonly openedAtMs: number;
  readonly activity: ActivityFeed;
  /** Requests under way, for a policy that changes to end those that it forbids. */
  readonly exchanges: CountedExchanges;
  readonly memory: TunnelMemory;
  /** Listeners of which parts are still to come. */
  readonly listenerAssembly = new ListenerAssembly();
  remoteAddress: string;
  #identity: Identity;
  #caller: AuditCaller;
  #device: Device | null = null;
  #listeners = new Map<number, ReadonlyMap<string, string>>();
  #accessKeys = new Map<number, ReadonlyMap<string, Buffer>>();
  #multiplexer: Multiplexer | null = null;

  /** @param shared bounds of the whole relay that the session takes its part of; none when left out */
  constructor(
    id: string,
    identity: Identity,
    remoteAddress: string,
    nowMs: number,
    shared: SharedBounds = unbounded(),
  ) {
    this.id = id;
    this.exchanges = new CountedExchanges(shared.requests.open());
    this.memory = new TunnelMemory(shared.bytes, shared.growth);
    this.openedAtMs = nowMs;
    this.remoteAddress = remoteAddress;
    this.#identity = identity;
    this.#caller = this.#describe();
    this.activity = new ActivityFeed(
      (entries, leftOut) => this.send({ type: 'activity', entries, leftOut }),
      () => this.exchanges,
    );
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** As locks look at it. */
  get lockedCaller(): LockedCaller {
    return { identity: this.#identity, device: this.#device, tunnelId: this.id, address: this.remoteAddress };
  }

  /** The same object until something about the caller changes. */
  get caller(): AuditCaller {
    return this.#caller;
  }

  get device(): Device | null {
    return this.#device;
  }

  get multiplexer(): Multiplexer | null {
    return this.#multiplexer;
  }

  use(multiplexer: Multiplexer): void {
    this.#multiplexer = multiplexer;
  }

  renew(identity: Identity): void {
    this.#identity = identity;
    this.#caller = this.#describe();
  }

  introduce(device: Device): void {
    this.#device = device;
    this.#caller = this.#describe();
  }

  setListeners(listeners: readonly ListenerDescription[]): void {
    this.#listeners = new Map(listeners.map(({ id, hosts }) => [id, new Map(Object.entries(hosts))]));
    this.#accessKeys = new Map(
      listeners.map(({ id, accessKeys = {} }) => [
        id,
        new Map(Object.entries(accessKeys).map(([api, hash]) => [api, Buffer.from(hash, 'base64url')])),
      ]),
    );
  }

  /** SHA-256 of the key that requests to this API must carry here; undefined when the person asks for none. */
  accessKeyHash(listenerId: number, api: string): Buffer | undefined {
    return this.#accessKeys.get(listenerId)?.get(api);
  }

  hasListener(id: number): boolean {
    return this.#listeners.has(id);
  }

  /** The API behind an exact `Host` value of a listener. */
  apiFor(listenerId: number, host: string): string | undefined {
    return this.#listeners.get(listenerId)?.get(host);
  }

  send(message: RelayControl): void {
    this.#multiplexer?.sendControl(message);
  }

  /** In as many messages as it takes; the first one can be another that has a catalog. */
  sendCatalog(
    catalog: Catalog,
    firstIn: Omit<Welcome, 'catalog' | 'more'> | { type: 'catalog' } = { type: 'catalog' },
  ): void {
    const { first, more, parts } = catalogParts(catalog);
    this.send({ ...firstIn, catalog: first, ...(more ? { more } : {}) });
    for (const part of parts) this.send({ type: 'catalog-part', ...part });
  }

  #describe(): AuditCaller {
    const { issuer, subject, username, groups } = this.#identity;
    const signIn = sessionIdOf(this.#identity, this.#device);
    return {
      issuer,
      subject,
      username,
      groups,
      sessionId: this.id,
      device: this.#device === null ? '' : `${this.#device.name}, ${this.#device.system}`,
      remoteAddress: this.remoteAddress,
      ...(signIn === null ? {} : { signIn }),
    };
  }
}
