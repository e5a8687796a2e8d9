import { text } from '../../shared/messages/text.ts';
import type { WebSocket } from 'ws';
import type { TunnelSession } from './tunnel-session.ts';

/** The sessions of one tunnel: the present one, and those at relays that drain. */
export class SessionsInUse {
  /** New streams go here. */
  present: TunnelSession | null = null;
  /** Relays that drain: their streams finish while a new session is sought. */
  readonly retiring = new Set<TunnelSession>();

  all(): TunnelSession[] {
    return [...(this.present === null ? [] : [this.present]), ...this.retiring];
  }

  /** The present session, or one that drains as long as there is no other. */
  usable(): TunnelSession | null {
    if (this.present?.open === true) return this.present;
    for (const session of this.retiring) if (session.open) return session;
    return null;
  }

  retire(session: TunnelSession): void {
    this.retiring.add(session);
    if (session === this.present) this.present = null;
  }

  /** Looks after the sessions that retire, and returns the WebSockets of those that nobody needs any more. */
  checkRetiring(nowMs: number): WebSocket[] {
    const sockets: WebSocket[] = [];
    for (const session of this.retiring) {
      session.check(nowMs, false);
      if (session.multiplexer.openStreams > 0 || this.present?.open !== true) continue;
      this.retiring.delete(session);
      const socket = session.abandon(text('failure.relay-left'));
      if (socket !== null) sockets.push(socket);
    }
    return sockets;
  }

  /** Gives up a present session that can no longer be resumed. */
  dropBeyondGrace(nowMs: number): void {
    if (this.present?.isBeyondGrace(nowMs) !== true) return;
    this.present.abandon(text('failure.not-reached-in-time'));
    this.present = null;
  }

  /** Gives up all; returns the WebSockets that are still to be closed. */
  abandonAll(why: string): WebSocket[] {
    const sessions = this.all();
    this.present = null;
    this.retiring.clear();
    return sessions.map((session) => session.abandon(why)).filter((socket) => socket !== null);
  }
}
