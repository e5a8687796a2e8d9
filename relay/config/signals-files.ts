import type { TransmitterConfig } from './signals-schema.ts';

interface Read {
  /** Reads a file with authorities, once. */
  readonly authority: (path: string | undefined, place: readonly PropertyKey[]) => Promise<void>;
  /** Fills a placeholder in; what is wrong with it is reported. */
  readonly secret: (place: readonly PropertyKey[], value: string) => Promise<string>;
}

/** The section `signals` with its secrets filled in. */
export async function readSignalSecrets(
  signals: readonly TransmitterConfig[],
  read: Read,
): Promise<TransmitterConfig[]> {
  const filled: TransmitterConfig[] = [];
  for (const [index, signal] of signals.entries()) {
    const place = ['signals', index];
    await read.authority(signal.ca, [...place, 'ca']);
    let { push, poll } = signal;
    if (push?.bearer !== undefined) {
      const bearer: string[] = [];
      for (const [at, secret] of push.bearer.entries())
        bearer.push(await read.secret([...place, 'push', 'bearer', at], secret));
      push = { ...push, bearer };
    }
    if (poll?.bearer !== undefined)
      poll = { ...poll, bearer: await read.secret([...place, 'poll', 'bearer'], poll.bearer) };
    filled.push({ ...signal, push, poll });
  }
  return filled;
}
