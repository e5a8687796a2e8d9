/** What every program is asked to do; not every program can do each of them. */
export const matrixCases = ['get', 'post', 'refusal', 'big-refusal', 'idle', 'upgrade', 'stream'] as const;
export type MatrixCase = (typeof matrixCases)[number];

/** Which of the matrix’s servers a program talks to. */
export type MatrixServer = 'http1' | 'http2' | 'grpc';

/** What a command line is made of. */
export interface CaseInput {
  /** `http://host:port` of the server, directly or at the local listener; without a slash at the end. */
  readonly base: string;
  /** 30 MB to send. */
  readonly bigFile: string;
}

/** One row: a program, how to call it for each case, and where it comes from. */
export interface MatrixProgram {
  readonly name: string;
  /** What must be on PATH, or importable by Debian’s Python as `python3:MODULE`. */
  readonly needs: string;
  /** Debian’s package that brings it. */
  readonly debian: string;
  readonly server: MatrixServer;
  /** Through the relay, another server than directly: an HTTP/2 caller of an HTTP/1.1 API. */
  readonly relayedServer?: MatrixServer;
  /** With `--quick`, too: what takes a minute in all. */
  readonly quick: boolean;
  readonly cases: readonly MatrixCase[];
  command(what: MatrixCase, input: CaseInput): readonly string[];
}

/** How a program ended, and what it printed of what it got. */
export interface CaseOutcome {
  readonly exit: number | 'timeout';
  readonly output: string;
}
