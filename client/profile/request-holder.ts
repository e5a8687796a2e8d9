import type { ShownRequest, ShownRequests } from '../../shared/access-request.ts';

export interface RequestHolderOptions {
  /** Asks the relay; null while nobody is signed in, or for what asks no relay for access. */
  readonly ask: () => Promise<ShownRequests> | null;
  readonly onChange: () => void;
}

/** The requests for access as the relay said them last. */
export interface RequestHolder {
  /** Null before the first answer, and for a relay that has no such list. */
  state(): ShownRequests | null;
  /** Asks the relay now; failures leave what is known. */
  look(): Promise<void>;
  /** Takes in what the relay answered about one of them, until the next look. */
  take(request: ShownRequest): void;
  clear(): void;
}

/** Keeps nothing over restarts: the relay says it, whatever window or device asked. */
export function createRequestHolder({ ask, onChange }: RequestHolderOptions): RequestHolder {
  let known: ShownRequests | null = null;
  let looking: Promise<void> | null = null;
  let isAskedAgain = false;
  /** Of which sign-in an answer is. */
  let run = 0;

  async function askAll(): Promise<void> {
    const began = run;
    try {
      do {
        isAskedAgain = false;
        const answer = await ask();
        if (answer === null || began !== run) return;
        known = answer;
        onChange();
      } while (isAskedAgain);
    } catch {
      // The tunnel and the catalog tell in their own states what is wrong; an older relay has no such list.
    } finally {
      looking = null;
    }
  }

  return {
    state: () => known,
    look() {
      if (looking !== null) isAskedAgain = true;
      looking ??= askAll();
      return looking;
    },
    take(request) {
      const { requests, ...rest } = known ?? { requests: [], decides: false, leftOut: 0 };
      const others = requests.filter(({ id }) => id !== request.id);
      known = {
        ...rest,
        requests: [request, ...others].toSorted((one, other) => other.requestedAtMs - one.requestedAtMs),
      };
      onChange();
    },
    clear() {
      run += 1;
      known = null;
    },
  };
}
