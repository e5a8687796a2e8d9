import { randomBytes } from 'node:crypto';
import type { TunnelLink } from './tunnel-link.ts';

/** All tunnels of this relay: by session, by person, and by the token that resumes each. */
export class TunnelRegistry {
  readonly #links = new Map<string, TunnelLink>();
  readonly #byResumeToken = new Map<string, TunnelLink>();
  readonly #byPerson = new Map<string, number>();

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
