import type { CatalogEntry } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { type CatalogHolder, createCatalogHolder } from './catalog-holder.ts';
import type { HeldRecord } from './held-record.ts';

const maxAccount = 300;

/** The catalog of a profile, which also tells what the person is called. */
export interface ProfileCatalog extends CatalogHolder {
  entry(api: string): CatalogEntry | undefined;
  /** @throws AccessError `unknown-api` or `policy-denied` for an API that can't be connected */
  demand(api: string): void;
}

/** See {@link ProfileCatalog}; `onLoaded` is called after each answer of the relay. */
export function createProfileCatalog(held: HeldRecord, now: () => number, onLoaded: () => void): ProfileCatalog {
  const holder = createCatalogHolder(now);

  function entry(api: string): CatalogEntry | undefined {
    const state = holder.state();
    return state.status === 'ready' ? state.catalog.apis.find((candidate) => candidate.id === api) : undefined;
  }

  return {
    ...holder,
    entry,
    didLoad(loaded) {
      holder.didLoad(loaded);
      const { name, email = name } = loaded.person;
      const account = email.slice(0, maxAccount);
      if (held.record().account !== account && held.isEstablished()) held.remember({ account });
      onLoaded();
    },
    demand(api) {
      const { connected, relayName } = held.record();
      const found = entry(api);
      if (holder.state().status !== 'ready' || connected.includes(api)) return;
      if (!found) throw new AccessError('unknown-api', text('failure.no-api', { relay: relayName, api }));
      if (found.access === 'locked') {
        const groups =
          found.unlockedBy.length > 0 ? ` ${text('failure.opened-by', { groups: found.unlockedBy.join(', ') })}` : '';
        throw new AccessError('policy-denied', `${text('failure.locked', { api: found.name })}${groups}`);
      }
    },
  };
}
