/** Connections from which no further request is taken, and requests whose body broke off as malformed. */
const stopped = new WeakSet<object>();
const broken = new WeakSet<object>();

/** Nothing that follows on this connection is a request any more: its framing can't be trusted (RFC 9112 §11.2). */
export function stopReading(socket: object): void {
  stopped.add(socket);
}

export function isStopped(socket: object): boolean {
  return stopped.has(socket);
}

/** The body of this request is malformed: it must not go upstream if it hasn't yet. */
export function markBroken(request: object): void {
  broken.add(request);
}

export function isBroken(request: object): boolean {
  return broken.has(request);
}
