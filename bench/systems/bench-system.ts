import type { LoadTarget } from '../measure/load.ts';

/** Names as they stand in the figures. */
export type SystemName =
  | 'direct'
  | 'node-proxy'
  | 'node-proxy-twice'
  | 'net-hops'
  | 'ssh'
  | 'ssh-apache'
  | 'chisel'
  | 'causeway';

/** One way to reach the same upstream. */
export interface BenchSystem extends LoadTarget {
  readonly name: SystemName;
  /** Unix socket that leads to the same, where there is one. */
  readonly socketPath?: string;
  /** Every process on the way, without upstream and load generator; descendants count too. */
  readonly pids: readonly number[];
  /** Those whose memory is reported: the server side. */
  readonly memoryPids: readonly number[];
  readonly close: () => Promise<void>;
}

/** What every system needs to know. */
export interface BenchWorld {
  /** Private folder for configurations and keys, removed at the end. */
  readonly dir: string;
  readonly upstreamPort: number;
  readonly issuer: string;
  readonly audience: string;
  /** Access token of alice, who is in the group `developers`. */
  readonly accessToken: string;
  /** Public key (SPKI, PEM) that signed it. */
  readonly signingKey: { readonly kid: string; readonly pem: string };
}
