import { text } from '../../shared/messages/text.ts';
import type { Socket } from 'node:net';
import { carrySocket, SocketOwner } from './carry-socket.ts';
import type { IsCallerThere } from './end-side.ts';
import { IdleConnections } from './idle-connections.ts';
import type { LocalRefusal } from './local-answer.ts';
import { OpeningPace } from './opening-pace.ts';
import type { TunnelSession } from './tunnel-session.ts';
import { WaitingRoom } from './waiting-room.ts';

const crowdLookMs = 20;
const crowded = (): LocalRefusal => ({ code: 'overloaded', detail: text('failure.too-many-connections') });

export interface LocalConnectionsOptions {
  /** How long a connection waits for a tunnel that is away, milliseconds. */
  readonly waitMs: number;
  /** How many wait now. */
  readonly onWaiting: (waiting: number) => void;
  /** Takes a connection, new or not, to wherever it can be carried or has to wait. */
  readonly take: (socket: Socket, listenerId: number) => void;
  /** Tells callers that only send no more from those that are gone; null where nobody can. */
  readonly isCallerThere: IsCallerThere | null;
  /** Whether another tunnel is to come after one that is lost. */
  readonly comesBack: () => boolean;
}

/** Accepted local connections: in a session's streams, waiting for a tunnel or their turn, or idle without one. */
export class LocalConnections {
  readonly #options: LocalConnectionsOptions;
  readonly #waitingRoom: WaitingRoom;
  readonly #idle: IdleConnections;
  readonly #streamsByListener = new Map<number, number>();
  /** Those that come faster than the relay bears. */
  readonly #crowd: WaitingRoom;
  readonly #pace = new OpeningPace(() => performance.now());
  #crowdTimer: NodeJS.Timeout | null = null;

  constructor(options: LocalConnectionsOptions) {
    this.#options = options;
    this.#waitingRoom = new WaitingRoom(options.waitMs, options.onWaiting);
    this.#idle = new IdleConnections(options.take);
    this.#crowd = new WaitingRoom(options.waitMs);
  }

  get waiting(): number {
    return this.#waitingRoom.size;
  }

  openStreams(listenerId: number): number {
    return this.#streamsByListener.get(listenerId) ?? 0;
  }

  carry(session: TunnelSession, socket: Socket, listenerId: number): void {
    if (socket.destroyed) return;
    if (this.#crowd.size > 0 || !this.#pace.mayOpen) {
      this.#crowd.add(socket, listenerId, crowded);
      this.#admitCrowdSoon(session);
      return;
    }
    this.#open(session, socket, listenerId);
  }

  #open(session: TunnelSession, socket: Socket, listenerId: number): void {
    if (session.multiplexer.openStreams >= session.maxStreams) this.#pace.didCost();
    this.#streamsByListener.set(listenerId, this.openStreams(listenerId) + 1);
    carrySocket(socket, session.multiplexer, listenerId, {
      isCallerThere: session.takesReadsOn ? this.#options.isCallerThere : null,
      onClose: () => this.#streamsByListener.set(listenerId, this.openStreams(listenerId) - 1),
      onCut: () => this.#pace.didCost(),
      onIdleLost: () => {
        if (this.#options.comesBack()) this.#idle.add(socket, listenerId);
        else socket.destroySoon();
      },
    });
  }

  /** Another session is there: takes those of this one along, each as soon as it is between two requests. */
  leave(session: TunnelSession): void {
    for (const { owner } of session.multiplexer.streams()) if (owner instanceof SocketOwner) owner.leaveWhenIdle();
  }

  /** @param why the tunnel is away, when the wait was in vain */
  wait(socket: Socket, listenerId: number, why: () => LocalRefusal): void {
    this.#waitingRoom.add(socket, listenerId, why);
  }

  /** In their order, as fast as the relay bears. */
  #admitCrowdSoon(session: TunnelSession): void {
    this.#crowdTimer ??= setTimeout(() => {
      this.#crowdTimer = null;
      if (!session.open) {
        this.#crowd.admit(this.#options.take);
        return;
      }
      while (this.#pace.mayOpen && this.#crowd.admitOne((socket, id) => this.#open(session, socket, id)));
      if (this.#crowd.size > 0) this.#admitCrowdSoon(session);
    }, crowdLookMs);
  }

  /** There is a tunnel again: all are taken to it. */
  admit(): void {
    this.#idle.release(this.#options.take);
    this.#waitingRoom.admit(this.#options.take);
  }

  /** No tunnel will come any more. */
  close(why: LocalRefusal): void {
    this.#idle.close();
    this.#waitingRoom.close(why);
    if (this.#crowdTimer !== null) clearTimeout(this.#crowdTimer);
    this.#crowdTimer = null;
    this.#crowd.close(why);
  }
}
