import { maskedBytes, parseNetwork } from '../config/values/address-network.ts';
import { readAddress } from '../config/values/network-range.ts';
import type { Lock } from './lock.ts';

/** So many addresses are remembered with what was found for them. */
const maxRemembered = 10_000;
const none: readonly Lock[] = [];

/** Locks on networks of one length, by their first bytes. */
interface OfLength {
  readonly length: number;
  readonly bits: number;
  readonly byBytes: Map<string, Lock[]>;
}

/** Finds the locks on the network of an address; a lookup costs as much as they have different lengths. */
export function addressLocks(locks: readonly Lock[]): (address: string) => readonly Lock[] {
  const lengths: OfLength[] = [];
  for (const lock of locks) {
    if (lock.target.type !== 'address') continue;
    const { bytes, bits } = parseNetwork(lock.target.network);
    let same = lengths.find((one) => one.length === bytes.length && one.bits === bits);
    if (same === undefined) lengths.push((same = { length: bytes.length, bits, byBytes: new Map() }));
    const key = bytes.join();
    same.byBytes.set(key, [...(same.byBytes.get(key) ?? []), lock]);
  }
  if (lengths.length === 0) return () => none;
  const found = new Map<string, readonly Lock[]>();
  return (address) => {
    let known = found.get(address);
    if (known === undefined) {
      known = find(lengths, address);
      if (found.size >= maxRemembered) found.clear();
      found.set(address, known);
    }
    return known;
  };
}

function find(lengths: readonly OfLength[], address: string): readonly Lock[] {
  const bytes = readAddress(address)?.toByteArray();
  if (bytes === undefined) return none;
  return lengths.flatMap(({ length, bits, byBytes }) =>
    length === bytes.length ? (byBytes.get(maskedBytes(bytes, bits).join()) ?? none) : none,
  );
}
