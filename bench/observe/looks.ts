/** What looks at requests: everything, or less of it, as the bench says from turn to turn. */
export interface Looks {
  readonly metrics: boolean;
  /** Share of requests that are traced. */
  readonly traces: 0 | 0.1 | 1;
}

/** Variable that names the socket at which a relay is told. */
export const looksVariable = 'CAUSEWAY_LOOKS';

/** The looks in force, and who wants to know of others. */
export const inForce: { looks: Looks; onChange: (() => void)[] } = {
  looks: { metrics: true, traces: 1 },
  onChange: [],
};
