import { randomBytes } from 'node:crypto';
import type { TunnelLink } from './tunnel-link.ts';

/** All tunnels of this relay: by session, by person, and by the token that resumes each. */
export class TunnelRegistry {
  readonly #links = new Map<string, TunnelLink>();
  readonly #byResumeToken = new Map<string, TunnelLink>();
  readonly #byPerson = new Map<string, number>();
  readonly #connectionsByPerson = new Map<string, number>();
  #connections = 0;
  readonly #tokenPrefix: string;

  /** @param tokenPrefix begins each resume token */
  constructor(tokenPrefix = '') {
    this.#tokenPrefix = tokenPrefix;
  }

  get size(): number {
    return this.#links.size;
  }

  bySession(sessionId: string): TunnelLink | undefined {
    return this.#links.get(sessionId);
  }

  all(): IterableIterator<TunnelLink> {
    return this.#links.values();
  }

  ofPerson(person: string): number {
    return this.#byPerson.get(person) ?? 0;
  }

  add(link: TunnelLink): void {
    this.#links.set(link.session.id, link);
    this.#byPerson.set(link.person, this.ofPerson(link.person) + 1);
  }

  remove(link: TunnelLink): void {
    if (!this.#links.delete(link.session.id)) return;
    for (const token of link.resumeTokens) this.#byResumeToken.delete(token);
    const left = this.ofPerson(link.person) - 1;
    if (left > 0) this.#byPerson.set(link.person, left);
    else this.#byPerson.delete(link.person);
  }

  /** WebSockets open now; more than tunnels while clients come back, fewer while they are away. */
  get connections(): number {
    return this.#connections;
  }

  connectionsOf(person: string): number {
    return this.#connectionsByPerson.get(person) ?? 0;
  }

  didConnect(person: string): void {
    this.#connections += 1;
    this.#connectionsByPerson.set(person, this.connectionsOf(person) + 1);
  }

  didDisconnect(person: string): void {
    this.#connections -= 1;
    const left = this.connectionsOf(person) - 1;
    if (left > 0) this.#connectionsByPerson.set(person, left);
    else this.#connectionsByPerson.delete(person);
  }

  /** The tunnel whose link was lost longest ago; null when none is away. */
  longestLost(person?: string): TunnelLink | null {
    let found: TunnelLink | null = null;
    for (const link of this.#links.values()) {
      if (link.lostAtMs === null || (person !== undefined && link.person !== person)) continue;
      if (found === null || link.lostAtMs < (found.lostAtMs ?? 0)) found = link;
    }
    return found;
  }

  /**
   * A new token for the tunnel, 256 random bits. The one before stays good until the client has shown that it got
   * the new one: the message that brings it can be lost like any other.
   */
  issueResumeToken(link: TunnelLink): string {
    const token = this.#tokenPrefix + randomBytes(32).toString('base64url');
    this.#byResumeToken.set(token, link);
    link.resumeTokens.push(token);
    if (link.resumeTokens.length > maxTokensOfTunnel) this.#byResumeToken.delete(link.resumeTokens.shift() ?? '');
    return token;
  }

  /** The client has the newest token: every earlier one is void. */
  confirmResumeToken(link: TunnelLink): void {
    for (const token of link.resumeTokens.splice(0, link.resumeTokens.length - 1)) this.#byResumeToken.delete(token);
  }

  /** The tunnel that the token resumes. */
  linkOf(resumeToken: string): TunnelLink | null {
    return this.#byResumeToken.get(resumeToken) ?? null;
  }
}

/** A client whose links break again and again before they can be used may come back with the oldest of these. */
const maxTokensOfTunnel = 8;
