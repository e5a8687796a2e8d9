import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AddressWatch, type NameSource } from './address-watch.ts';
import { authenticatesConnection, speaksOfConnection, WatchedAnswer } from './connection-auth.ts';
import { ConnectionGroup, type ConnectionSettings, type OpenConnection } from './connection-group.ts';
import type { Http2Sessions } from './http2-sessions.ts';

/** What a request goes out on. */
export interface Connections {
  readonly pool: Pick<Dispatcher, 'dispatch'>;
  /** Set when the upstream is spoken to in HTTP/2. */
  readonly http2: Http2Sessions | null;
  /** A connection for one request alone; null where requests belong on a connection that somebody has signed in to. */
  readonly open: OpenConnection | null;
}

export interface ApiConnectionsOptions {
  readonly settings: Omit<ConnectionSettings, 'lookup'>;
  readonly connectionAuth: 'own' | 'refuse';
  readonly resolveMs: number;
  readonly names: NameSource;
}

/**
 * All connections to one API: shared by all callers, except that a local connection on which somebody signs in to the
 * upstream's connection (NTLM, Negotiate) gets one of its own, for as long as it lasts. When the upstream's name has
 * other addresses, new requests go to them and those under way finish.
 */
export class ApiConnections {
  readonly #options: ApiConnectionsOptions;
  readonly #watch: AddressWatch | null;
  readonly #own = new Map<Duplex, ConnectionGroup>();
  /** Those that only finish what is under way. */
  readonly #old = new Set<ConnectionGroup>();
  #shared: ConnectionGroup;
  /** The upstream has said that it authenticates connections. */
  #isAuthenticating = false;
  #closed = false;
  /** Those that all callers share. */
  readonly shared: Connections;

  constructor(options: ApiConnectionsOptions) {
    this.#options = options;
    this.#watch = this.#createWatch();
    this.#shared = this.#open('all');
    this.shared = connectionsOf(
      () => this.#shared,
      (group, request, handler) => this.#dispatchShared(group, request, handler),
      (done) => this.#shared.open(done),
    );
  }

  /**
   * What a request of a local connection goes out on.
   * @param headers names and values in turn
   * @returns null when it would sign in to the upstream's connection and may not
   */
  of(local: Duplex, headers: readonly string[]): Connections | null {
    const signsIn = authenticatesConnection(headers);
    if (this.#options.connectionAuth === 'refuse') return signsIn ? null : this.shared;
    if (!signsIn && !this.#isAuthenticating && !this.#own.has(local)) return this.shared;
    // Its end was told of before: nothing would close what is opened for it now.
    if (local.destroyed) return null;
    if (!this.#own.has(local)) {
      this.#own.set(local, this.#open('one'));
      local.once('close', () => {
        const group = this.#own.get(local);
        this.#own.delete(local);
        if (group !== undefined) this.#retire(group);
      });
    }
    return connectionsOf(
      () => this.#own.get(local),
      (group, request, handler) => {
        if (this.#closed) return this.#dispatchLate(request, handler);
        this.#watch?.touch();
        return group.pool.dispatch(request, handler);
      },
    );
  }

  get openConnections(): number {
    return this.#all().reduce((sum, group) => sum + group.openConnections, 0);
  }

  /** Looks up the upstream's name now. */
  refresh(): void {
    this.#watch?.look();
  }

  /** Lets requests under way finish, also those that were admitted and are yet to go out. */
  close(): void {
    this.#closed = true;
    this.#watch?.close();
    for (const group of this.#all()) void group.close();
  }

  async destroy(): Promise<void> {
    this.#watch?.close();
    await Promise.all(this.#all().map((group) => group.destroy()));
  }

  #dispatchShared(
    group: ConnectionGroup,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    if (this.#closed) return this.#dispatchLate(request, handler);
    this.#watch?.touch();
    return group.pool.dispatch(request, new WatchedAnswer(handler, () => this.#onConnectionAuth()));
  }

  #onConnectionAuth(): void {
    if (this.#isAuthenticating) return;
    this.#isAuthenticating = true;
    // Whose the connections are by now isn't known: nobody gets them any more.
    this.#renewShared();
  }

  /** The API's config changed while the request waited for its record or count: it goes where it was admitted to. */
  #dispatchLate(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const group = this.#open('one');
    const free = group.pool.dispatch(request, handler);
    this.#retire(group);
    return free;
  }

  #renewShared(): void {
    const old = this.#shared;
    this.#shared = this.#open('all');
    this.#retire(old);
  }

  #onOtherAddresses(): void {
    this.#renewShared();
    for (const [local, group] of this.#own) {
      this.#own.set(local, this.#open('one'));
      this.#retire(group);
    }
  }

  #retire(group: ConnectionGroup): void {
    this.#old.add(group);
    void group.close().then(() => this.#old.delete(group));
  }

  #open(reach: 'all' | 'one'): ConnectionGroup {
    const group = new ConnectionGroup({ ...this.#options.settings, lookup: this.#watch?.lookup }, reach);
    group.http2?.onAnswer((headers) => {
      this.#watch?.touch();
      // Most servers ask for HTTP/1.1 then (HTTP_1_1_REQUIRED); some sign in to the connection all the same.
      if (reach === 'all' && speaksOfConnection(headers)) this.#onConnectionAuth();
    });
    return group;
  }

  #all(): ConnectionGroup[] {
    return [this.#shared, ...this.#own.values(), ...this.#old];
  }

  #createWatch(): AddressWatch | null {
    const { settings, resolveMs, names } = this.#options;
    const { origin, socketPath } = settings.address;
    const hostname = new URL(origin).hostname.replace(/^\[|\]$/g, '');
    if (socketPath !== null || isIP(hostname) !== 0) return null;
    return new AddressWatch({
      hostname,
      everyMs: resolveMs,
      isInUse: () => this.#all().some((group) => group.isInUse),
      onChange: () => this.#onOtherAddresses(),
      names,
    });
  }
}

function connectionsOf(
  groupNow: () => ConnectionGroup | undefined,
  dispatch: (
    group: ConnectionGroup,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) => boolean,
  open: OpenConnection | null = null,
): Connections {
  const present = (): ConnectionGroup => {
    const group = groupNow();
    if (group === undefined) throw new Error('The local connection has ended.');
    return group;
  };
  return {
    pool: { dispatch: (request, handler) => dispatch(present(), request, handler) },
    get http2() {
      return present().http2;
    },
    open,
  };
}
