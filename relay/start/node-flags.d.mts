export const relayNodeFlags: readonly string[];
