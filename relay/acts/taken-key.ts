/** How long a key stands for the request that it came with. */
export const keyLifetimeMs = 86_400_000;

/** An idempotency key with what it came with; all hashes, so that nobody’s name is kept. */
export interface TakenKey {
  readonly id: string;
  readonly operator: string;
  readonly request: string;
}
