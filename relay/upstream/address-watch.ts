import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { TtlOf } from './name-ttl.ts';

/** Asks for all addresses of a name, as `dns.lookup` does with `all`. */
export type LookUpAll = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** What is noticed of a name; `known` are the addresses that connections go to. */
export interface NameEvent {
  readonly hostname: string;
  readonly event: 'changed' | 'failing' | 'found-again';
  /** Of the look-up, when it fails. */
  readonly code: string | null;
  readonly known: readonly string[];
}

/** How names are looked up, and who is told what is noticed. */
export interface NameSource {
  /** As the system does it when left out. */
  readonly lookUp?: LookUpAll;
  /** Left out, only `everyMs` counts. */
  readonly ttlOf?: TtlOf;
  readonly onEvent?: (event: NameEvent) => void;
  /** Milliseconds; `performance.now` when left out. */
  readonly now?: () => number;
}

export interface AddressWatchOptions {
  readonly hostname: string;
  /** How often the name is looked up while connections are open, if its TTL isn't shorter. */
  readonly everyMs: number;
  readonly isInUse: () => boolean;
  /** The name has other addresses than before. */
  readonly onChange: () => void;
  readonly names: NameSource;
}

const lookUpBySystem: LookUpAll = (hostname, done) =>
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, error === null ? addresses : []));

/** A TTL of 0 must not make a look-up of each turn. */
const soonestMs = 1000;
/** A name that is gone may have given its addresses to others; a zone that is being replaced is gone for a moment. */
const keptGoneMs = 60_000;
/** A name server that doesn't answer says nothing (RFC 8767). */
const keptFailingMs = 3_600_000;

/**
 * Notices that a name has other addresses, within its TTL and also while connections to the old ones are busy. While
 * look-ups fail, new connections go to the addresses known last, for a bounded time.
 */
export class AddressWatch {
  readonly #options: AddressWatchOptions;
  readonly #lookUp: LookUpAll;
  readonly #now: () => number;
  #known: readonly LookupAddress[] = [];
  #foundAtMs = 0;
  #waitMs: number;
  #failing = false;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: AddressWatchOptions) {
    this.#options = options;
    this.#lookUp = options.names.lookUp ?? lookUpBySystem;
    this.#now = options.names.now ?? (() => performance.now());
    this.#waitMs = options.everyMs;
  }

  /** Looks up for a connection that is being opened. */
  readonly lookup: LookupFunction = (hostname, options, done) => {
    this.#lookUp(hostname, (error, found) => {
      if (error === null) this.#didFind(found, false);
      else this.#didFail(error);
      const addresses = error === null ? found : this.#kept(error);
      const [first] = addresses;
      if (first === undefined)
        done(error ?? Object.assign(new Error(`${hostname} has no address.`), { code: 'ENOTFOUND' }), []);
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };

  /** A request goes out: begins to watch. */
  touch(): void {
    if (this.#timer === null && !this.#closed) this.#arm();
  }

  /** Looks up now. */
  look(): void {
    if (this.#known.length === 0 || this.#closed) return;
    this.#lookUp(this.#options.hostname, (error, found) => {
      if (error === null) this.#didFind(found, true);
      else this.#didFail(error);
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#options.isInUse()) return;
      this.look();
      this.touch();
    }, this.#waitMs).unref();
  }

  #didFind(found: readonly LookupAddress[], isLook: boolean): void {
    if (found.length === 0 || this.#closed) return;
    const before = setOf(this.#known);
    const isOther = before !== setOf(found);
    this.#known = found;
    this.#foundAtMs = this.#now();
    if (this.#failing) this.#tell('found-again', null);
    this.#failing = false;
    if (before !== '' && isOther) {
      this.#tell('changed', null);
      this.#options.onChange();
    }
    // Not with each new connection: what was told of these addresses holds until the next look.
    if (isOther || isLook) this.#readTtl(found);
  }

  #didFail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    if (!this.#failing) this.#tell('failing', error.code ?? error.message);
    this.#failing = true;
  }

  #kept(error: NodeJS.ErrnoException): readonly LookupAddress[] {
    const keptMs = error.code === 'ENOTFOUND' ? keptGoneMs : keptFailingMs;
    return this.#now() - this.#foundAtMs <= keptMs ? this.#known : [];
  }

  #readTtl(addresses: readonly LookupAddress[]): void {
    const { names, hostname, everyMs } = this.#options;
    if (names.ttlOf === undefined) return;
    const settle = (ttl: number | null): void => {
      if (setOf(this.#known) !== setOf(addresses) || this.#closed) return;
      this.#waitMs = ttl === null ? everyMs : Math.min(everyMs, Math.max(soonestMs, ttl * 1000));
      if (this.#timer === null) return;
      clearTimeout(this.#timer);
      this.#arm();
    };
    names.ttlOf(hostname, addresses).then(settle, () => settle(null));
  }

  #tell(event: NameEvent['event'], code: string | null): void {
    const { names, hostname } = this.#options;
    names.onEvent?.({ hostname, event, code, known: this.#known.map(({ address }) => address) });
  }
}

/** In one order: name servers turn them about. */
function setOf(addresses: readonly LookupAddress[]): string {
  return addresses
    .map(({ address }) => address)
    .toSorted()
    .join(' ');
}
