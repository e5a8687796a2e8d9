import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Asks for all addresses of a name, as `dns.lookup` does with `all`. */
export type LookUpAll = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface AddressWatchOptions {
  readonly hostname: string;
  /** How often the name is looked up while connections are open. */
  readonly everyMs: number;
  readonly isInUse: () => boolean;
  /** The name has other addresses than before. */
  readonly onChange: () => void;
  readonly lookUp?: LookUpAll;
}

const lookUpBySystem: LookUpAll = (hostname, done) =>
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, error === null ? addresses : []));

/**
 * Notices that a name has other addresses, also while connections to the old ones are busy. A look-up that fails
 * changes nothing; while the name server can't be asked, new connections go to the addresses known last.
 */
export class AddressWatch {
  readonly #options: AddressWatchOptions;
  readonly #lookUp: LookUpAll;
  #known: readonly LookupAddress[] = [];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: AddressWatchOptions) {
    this.#options = options;
    this.#lookUp = options.lookUp ?? lookUpBySystem;
  }

  /** Looks up for a connection that is being opened. */
  readonly lookup: LookupFunction = (hostname, options, done) => {
    this.#lookUp(hostname, (error, found) => {
      // A name that is gone may have given its addresses to others; a name server that doesn't answer says nothing.
      const addresses = error !== null && error.code !== 'ENOTFOUND' ? this.#known : found;
      const [first] = addresses;
      if (first === undefined) {
        done(error ?? Object.assign(new Error(`${hostname} has no address.`), { code: 'ENOTFOUND' }), []);
        return;
      }
      if (error === null) this.#compare(found);
      if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };

  /** A request goes out: begins to watch. */
  touch(): void {
    if (this.#timer !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#options.isInUse()) return;
      this.look();
      this.touch();
    }, this.#options.everyMs).unref();
  }

  /** Looks up now. */
  look(): void {
    if (this.#known.length === 0 || this.#closed) return;
    this.#lookUp(this.#options.hostname, (error, found) => {
      if (error === null) this.#compare(found);
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #compare(found: readonly LookupAddress[]): void {
    if (found.length === 0 || this.#closed) return;
    const before = setOf(this.#known);
    this.#known = found;
    if (before !== '' && before !== setOf(found)) this.#options.onChange();
  }
}

/** In one order: name servers turn them about. */
function setOf(addresses: readonly LookupAddress[]): string {
  return addresses
    .map(({ address }) => address)
    .toSorted()
    .join(' ');
}
