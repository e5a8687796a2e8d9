import { randomBytes } from 'node:crypto';
import type { TunnelLink } from './tunnel-link.ts';

/** All tunnels of this relay: by session, by person, and by the token that resumes each. */
export class TunnelRegistry {
  readonly #links = new Map<string, TunnelLink>();
  readonly #byResumeToken = new Map<string, TunnelLink>();
  readonly #byPerson = new Map<string, number>();
  readonly #connectionsByPerson = new Map<string, number>();
  #connections = 0;

  get size(): number {
    return this.#links.size;
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
    this.#byResumeToken.delete(link.resumeToken);
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

  /** A new single-use token for the tunnel, 256 random bits; the one before is void. */
  issueResumeToken(link: TunnelLink): string {
    this.#byResumeToken.delete(link.resumeToken);
    const token = randomBytes(32).toString('base64url');
    this.#byResumeToken.set(token, link);
    return token;
  }

  /** The tunnel that the token resumes; the token is void from now on, whatever follows. */
  redeem(token: string): TunnelLink | null {
    const link = this.#byResumeToken.get(token) ?? null;
    this.#byResumeToken.delete(token);
    return link;
  }
}
