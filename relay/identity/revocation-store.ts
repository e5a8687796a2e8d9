import type { AdministratorRecord } from '../acts/act-table.ts';
import type { RevocationMark } from './revocations.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** Where revocations are remembered. A store that can’t be reached says so with an AccessError. */
export interface RevocationStore {
  /** Those that still count. */
  read(nowMs: number): Awaitable<readonly RevocationMark[]>;
  /** Durable together with the record of the act that they are of, if somebody who runs the relay did it. */
  write(marks: readonly RevocationMark[], act?: AdministratorRecord): Awaitable<void>;
  close(): void;
}
