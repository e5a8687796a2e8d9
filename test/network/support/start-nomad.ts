import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TunnelState } from '../../../shared/snapshot.ts';
import type { ClientSideMessage, Outcome, RelaySideMessage, ToClientSide, ToRelaySide } from './messages.ts';
import { makeNamespaces, type Namespaces } from './namespaces.ts';

type Told<Message> = readonly Message[] & {
  readonly waitFor: <Found extends Message>(
    fits: (message: Message) => message is Found,
    from?: number,
  ) => Promise<Found>;
};
export type StateMessage = Extract<ClientSideMessage, { type: 'state' }>;

/** A client and a relay, a router apart, with calls under way. */
export interface Nomad {
  readonly namespaces: Namespaces;
  /** Begins the calls; resolves when each has its first bytes. */
  begin(): Promise<void>;
  /** The upstream sends the next piece of each answer, and the caller speaks. */
  goOn(words: string): void;
  /** States of the tunnel so far. */
  readonly states: readonly StateMessage[];
  /** The first state behind the first `from` that has this status. */
  waitForState(status: TunnelState['status'], from: number): Promise<StateMessage>;
  /** The upstream ends its answers; what came of the calls, once they have ended. */
  finish(): Promise<Outcome>;
  /** POSTs that the upstream has received since the start. */
  posts(): Promise<number>;
  close(): Promise<void>;
}

const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What a process has told, and what it will. */
function listenTo<Message>(child: ChildProcess): Told<Message> {
  const told: Message[] = [];
  let wake: (() => void)[] = [];
  let ended = false;
  const awaken = (): void => {
    for (const each of wake.splice(0)) each();
  };
  child.on('message', (message) => {
    told.push(message as Message);
    awaken();
  });
  child.once('close', () => {
    ended = true;
    awaken();
  });
  return Object.assign(told, {
    async waitFor<Found extends Message>(fits: (message: Message) => message is Found, from = 0): Promise<Found> {
      for (;;) {
        const found = told.slice(from).find(fits);
        if (found !== undefined) return found;
        if (ended) throw new Error('A process of the test has ended before its time.');
        await new Promise<void>((resolve) => (wake = [...wake, resolve]));
      }
    },
  });
}

/** What the calls give when nothing is lost and nothing comes twice, after so many pieces. */
export function wholeOutcome(words: readonly string[], pieces: readonly number[]): Outcome {
  const bytes = Buffer.concat([
    Buffer.from('begin\n\n'),
    ...pieces.map(() => Buffer.alloc(200_000, 'a piece of a download ')),
    Buffer.from('end'),
  ]);
  return {
    downloaded: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    events: `begin\n\n${pieces.map((number) => `data: ${number}\n\n`).join('')}end`,
    echoed: words,
    posts: words.map(() => 200),
  };
}

/** Starts both sides and waits for the tunnel. */
export async function startNomad(): Promise<Nomad> {
  const namespaces = makeNamespaces();
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children.splice(0).toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      child.send({ type: 'stop' } satisfies ToClientSide & ToRelaySide);
      await closed;
      clearTimeout(timer);
    }
    namespaces.close();
  };
  try {
    const relay = namespaces.start('relay', scriptAt('relay-side.ts'));
    const client = namespaces.start('client', scriptAt('client-side.ts'));
    children.push(relay, client);
    const fromRelay = listenTo<RelaySideMessage>(relay);
    const fromClient = listenTo<ClientSideMessage>(client);
    const states: StateMessage[] = [];
    client.on('message', (message: ClientSideMessage) => {
      if (message.type === 'state') states.push(message);
    });
    const toRelay = (message: ToRelaySide): void => void relay.send(message);
    const toClient = (message: ToClientSide): void => void client.send(message);
    const ready = await fromRelay.waitFor((message) => message.type === 'ready');
    toClient({ ...ready, type: 'start' });
    await fromClient.waitFor(
      (message): message is StateMessage => message.type === 'state' && message.state.status === 'open',
    );
    return {
      namespaces,
      states,
      async begin() {
        const from = fromClient.length;
        toClient({ type: 'begin' });
        await fromClient.waitFor((message) => message.type === 'begun', from);
      },
      goOn(words) {
        toRelay({ type: 'go-on' });
        toClient({ type: 'say', words });
      },
      async waitForState(status, from) {
        const fits = (message: ClientSideMessage): message is StateMessage =>
          message.type === 'state' && message.state.status === status && states.indexOf(message) >= from;
        return fromClient.waitFor(fits);
      },
      async finish() {
        const from = fromClient.length;
        toRelay({ type: 'finish' });
        return (await fromClient.waitFor((message) => message.type === 'outcome', from)).outcome;
      },
      async posts() {
        const from = fromRelay.length;
        toRelay({ type: 'count' });
        return (await fromRelay.waitFor((message) => message.type === 'posts', from)).posts;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
