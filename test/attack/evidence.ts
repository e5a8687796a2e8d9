/** How much of a body there was, and whether its end was there. */
export interface SeenBody {
  readonly bytes: number;
  readonly sha256: string;
  readonly whole: boolean;
}

/** A request as an upstream saw it. */
export interface Sighting {
  readonly api: string;
  readonly requestId: string;
  readonly method: string;
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Null until the body has ended, one way or the other. */
  body: SeenBody | null;
  /** What the upstream has answered; null while it hasn't, or says nothing that counts as an answer. */
  answered: ToldAnswer | null;
  /** Whether the decision was on disk when the request came. */
  readonly recorded: boolean;
}

/** An answer as an honest upstream gave it. */
export interface ToldAnswer extends SeenBody {
  readonly status: number;
  readonly headers: readonly string[];
  readonly trailers: readonly string[];
}

/** An answer as the caller got it. */
export interface SeenAnswer extends SeenBody {
  readonly status: number;
  readonly headers: readonly string[];
  readonly trailers: readonly string[];
  /** From the problem document of the relay, or echoed by the upstream; '' where neither says it. */
  readonly requestId: string;
  /** The relay's own, not the upstream's. */
  readonly problem: boolean;
  /** What its body begins with. */
  readonly beginning: string;
}

/** A request that is well-formed, and must arrive as it is. */
export interface WantedRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, those that must arrive. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** All that is known of one case, from both ends. */
export interface Evidence {
  readonly number: number;
  readonly kind: string;
  readonly api: string;
  /**
   * `exact`: each wanted request arrives as it is, and its answer comes back as it was given. `refused`: nothing
   * arrives. `cut`: nothing arrives as whole. `any`: only what holds of all of them.
   */
  promise: 'exact' | 'refused' | 'cut' | 'any';
  /** With `exact`, in order. */
  wanted: readonly WantedRequest[];
  readonly sightings: Sighting[];
  readonly answers: SeenAnswer[];
  /** What was sent, for whoever repeats it; at most some kilobytes of each. */
  readonly fromCaller: Buffer[];
  readonly fromUpstream: Buffer[];
  /** What the upstream does, in words. */
  lie: string;
  /** False when the upstream's bytes are no whole answer. */
  lieIsWhole: boolean;
  /** The caller went away before the other side had ended or answered all. */
  left: boolean;
  /** Wrong already, before anything is compared. */
  readonly complaints: string[];
}

/** What an escape of the caller's or upstream's bytes looks like in a report, cut to a length that can be read. */
export function escaped(parts: readonly Buffer[], maxBytes = 1500): string {
  const bytes = Buffer.concat(parts);
  const text = JSON.stringify(bytes.toString('latin1', 0, maxBytes)).replaceAll(
    /[\x7f-\xff]/gu,
    (char) => `\\x${char.charCodeAt(0).toString(16)}`,
  );
  return bytes.length > maxBytes ? `${text}… (${bytes.length} bytes)` : text;
}
