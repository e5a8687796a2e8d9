import type { ClientCore } from '../../../client/core/client-core.ts';
import {
  type StoredTokens,
  storedTokensSchema,
  type TokenSet,
  tokenSetSchema,
} from '../../../client/tokens/token-set.ts';
import type { ProfileSnapshot } from '../../../shared/snapshot.ts';
import { type CoreFixture, coreFixture, profileWhere } from '../../client/support/core-fixture.ts';
import { endSessionWithoutBrowser, signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { TestBrowser } from '../../support/test-browser.ts';
import type { StoryWorld } from './story-world.ts';
import { stepUpProblem } from '../../../shared/step-up.ts';

/** What a call at the local address came to. */
export interface CallOutcome {
  readonly status: number;
  readonly code: string | undefined;
  readonly detail: string | undefined;
}

/** Alice at her computer: the real client core, and a browser that stays signed in at the provider. */
export class StoryPerson {
  readonly core: ClientCore;
  /** Addresses that the app has opened in the browser. */
  readonly opened: string[] = [];
  /** Steps of fresh sign-ins as the app has shown them, without repetitions. */
  readonly stepUps: string[] = [];
  readonly #world: StoryWorld;
  readonly #fixture: CoreFixture;
  readonly #browser: TestBrowser;
  #clockAheadMs = 0;

  private constructor(world: StoryWorld, fixture: CoreFixture, usesCertificate: boolean) {
    this.#world = world;
    this.#fixture = fixture;
    this.#browser = new TestBrowser(world.ca);
    const { cert, key } = world.place.laptop;
    this.core = fixture.make({
      ca: [world.ca],
      ...(usesCertificate ? { clientCertificate: { cert, key } } : {}),
      openBrowser: (url) => this.#open(url),
      now: () => Date.now() + this.#clockAheadMs,
    });
    this.core.watch(({ profiles }) => {
      const status = profiles[0]?.stepUp?.status ?? 'none';
      if (this.stepUps.at(-1) !== status) this.stepUps.push(status);
    });
  }

  static async start(world: StoryWorld, usesCertificate: boolean): Promise<StoryPerson> {
    const person = new StoryPerson(world, await coreFixture(null), usesCertificate);
    await person.core.start();
    return person;
  }

  async #open(url: string): Promise<void> {
    this.opened.push(url);
    if (new URL(url).pathname === '/session/end') await endSessionWithoutBrowser(url, this.#browser);
    else await signInWithoutBrowser(url, { user: 'alice', browser: this.#browser });
  }

  get profileId(): string {
    return this.core.snapshot().profiles[0]?.id ?? '';
  }

  /** Signs in and connects the API; throws with the problem when that fails. */
  async signIn(): Promise<ProfileSnapshot> {
    for (;;) {
      await this.core.signIn(this.#world.relayUrl);
      const { signIn } = await this.where(
        (p) =>
          (p.signIn.status === 'signed-in' && p.catalog.status === 'ready' && p.tunnel.status === 'open') ||
          (p.signIn.status === 'signed-out' && p.signIn.problem !== null) ||
          p.signIn.status === 'expired',
      );
      if (signIn.status === 'signed-in') break;
      const problem = 'problem' in signIn ? signIn.problem : null;
      // Tokens of the very second in which the provider signed her out count as from before.
      if (problem?.code !== 'session-revoked') throw new Error(problem?.detail ?? 'The sign-in failed.');
    }
    await this.core.connect(this.profileId, 'orders');
    return await this.where((p) => p.connections['orders']?.status === 'on');
  }

  /** Puts the app's clock ahead, so that it does now what is due then. */
  passTime(aheadMs: number): void {
    this.#clockAheadMs = aheadMs;
    this.core.checkNow();
  }

  where(holds: (profile: ProfileSnapshot) => boolean): Promise<ProfileSnapshot> {
    return profileWhere(this.core, holds);
  }

  /** Says yes to the fresh sign-in that is asked for, and resolves when it is done. */
  async agreeToStepUp(): Promise<void> {
    await this.where((p) => p.stepUp?.status === 'asked');
    this.core.stepUp(this.profileId);
    const { stepUp } = await this.where((p) => !p.stepUp || stepUpProblem(p.stepUp) !== null);
    const problem = stepUpProblem(stepUp);
    if (problem !== null) throw new Error(problem.detail);
  }

  /** Signs out at the provider's own page, not in the app. */
  async signOutAtProvider(): Promise<void> {
    await endSessionWithoutBrowser(`${this.#world.idp.issuer}/session/end`, this.#browser);
  }

  address(): string {
    const orders = this.core.snapshot().profiles[0]?.connections['orders'];
    if (orders?.status !== 'on') throw new Error('The API isn’t connected.');
    return orders.address;
  }

  async call(method: 'GET' | 'PATCH' | 'POST', path: string, body?: object): Promise<CallOutcome> {
    const response = await fetch(`${this.address()}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    const { code, detail } = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string; detail?: string };
    return { status: response.status, code, detail };
  }

  /** What lies in the secret store of a sign-in that goes on. */
  tokens(): TokenSet {
    return tokenSetSchema.parse(this.stored());
  }

  /** What lies in the secret store of a sign-in. */
  stored(): StoredTokens {
    return storedTokensSchema.parse(JSON.parse(this.#fixture.secrets.values.get(`tokens:${this.profileId}`) ?? 'null'));
  }

  storedSecrets(): number {
    return this.#fixture.secrets.values.size;
  }

  close(): Promise<void> {
    return this.#fixture.close();
  }
}
