import type { PolicyDocument } from './judge-policy.ts';

/** Where this system keeps what IT sets. */
export interface PolicyReader {
  /** All documents, the strongest last. Never rejects: what can’t be read is a refused document. */
  read(): Promise<readonly PolicyDocument[]>;
}
