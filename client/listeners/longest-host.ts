/** Longer than any host with its port (RFC 1035 §2.3.4), and short enough for what is done with it. */
export const longestHost = 300;
