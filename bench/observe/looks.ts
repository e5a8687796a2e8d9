/** What looks at requests: everything, or less of it, as the bench says from turn to turn. */
export interface Looks {
  readonly metrics: boolean;
  /** Share of requests that are traced. */
  readonly traces: 0 | 0.1 | 1;
}

/** Variable that names the socket at which a relay is told. */
export const looksVariable = 'CAUSEWAY_LOOKS';

/** The looks in force, who wants to know of others, and how many requests have ended since somebody set it to 0. */
export const inForce: { looks: Looks; onChange: (() => void)[]; ended: number } = {
  looks: { metrics: true, traces: 1 },
  onChange: [],
  ended: 0,
};

/** Variable that names the file in which a relay that alternates keeps what it did and used. */
export const alternatesVariable = 'CAUSEWAY_ALTERNATES';

/** Of all turns with metrics, or without. */
export interface Used {
  requests: number;
  ms: number;
  /** Processor time of the event loop. */
  cpuUs: number;
}
