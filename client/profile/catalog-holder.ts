import type { Catalog, Quota } from '../../shared/catalog.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { CatalogState } from '../../shared/snapshot.ts';
import { text } from '../../shared/messages/text.ts';

/** The catalog as last heard of, and what is wrong with it. */
export interface CatalogHolder {
  state(): CatalogState;
  willLoad(): void;
  didLoad(catalog: Catalog): void;
  /** What is left of an API's limits, asked for again; undefined when none counts. */
  didCount(api: string, quotas: readonly Quota[] | undefined): void;
  /** A catalog that is at hand stays in use. */
  didFail(error: unknown): void;
  clear(): void;
}

function emptiness(catalog: Catalog, nowMs: number): UserProblem | null {
  if (catalog.apis.some((entry) => entry.access === 'open')) return null;
  const { groups, name } = catalog.person;
  return toUserProblem(
    groups.length === 0
      ? new AccessError('no-groups', text('failure.no-groups', { name }))
      : new AccessError('no-access', text('failure.no-access', { name, groups: groups.join(', ') })),
    nowMs,
  );
}

/** Makes an empty holder. */
export function createCatalogHolder(now: () => number): CatalogHolder {
  let state: CatalogState = { status: 'none' };
  return {
    state: () => state,
    willLoad() {
      if (state.status !== 'ready') state = { status: 'loading' };
    },
    didLoad(catalog) {
      state = { status: 'ready', catalog, fetchedAtMs: now(), problem: emptiness(catalog, now()) };
    },
    didCount(api, quotas) {
      if (state.status !== 'ready') return;
      const apis = state.catalog.apis.map((entry) => {
        if (entry.id !== api) return entry;
        const { quotas: _before, ...rest } = entry;
        return quotas === undefined ? rest : { ...rest, quotas: [...quotas] };
      });
      state = { ...state, catalog: { ...state.catalog, apis } };
    },
    didFail(error) {
      const problem = toUserProblem(error, now());
      state = state.status === 'ready' ? { ...state, problem } : { status: 'failed', problem };
    },
    clear() {
      state = { status: 'none' };
    },
  };
}
