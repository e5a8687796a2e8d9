import { personKey } from '../identity/person-key.ts';
import type { KnownVerdict } from './decide-as-known.ts';
import { type ChangeKind, changeKinds, type WhatIf, type WhatIfChange, type WhatIfGroup } from './what-if.ts';

/** One request that would be decided otherwise. */
export interface ChangedRequest extends Omit<
  WhatIfChange,
  'requests' | 'firstAtMs' | 'lastAtMs' | 'inForce' | 'proposed'
> {
  readonly timeMs: number;
  readonly inForce: KnownVerdict;
  readonly proposed: KnownVerdict;
}

/** Rows of requests that look alike; memory is bounded by the number of rows. */
export interface CollectedChanges {
  readonly add: (request: ChangedRequest) => void;
  result(mostRows: number): Pick<WhatIf, 'totals' | 'changes' | 'groups'> & { readonly withoutRow: number };
}

type Row = Omit<WhatIfChange, 'requests' | 'firstAtMs'> & { requests: number; firstAtMs: number };

const mostRowsInMemory = 20_000;
const mostPeople = 200_000;
const mostGroups = 2000;

/** Collects changes of requests that come the newest first. */
export function collectChanges(): CollectedChanges {
  const rows = new Map<string, Row>();
  const requests: Record<ChangeKind, number> = { lost: 0, gained: 0, uncertain: 0 };
  const people: Readonly<Record<ChangeKind, Set<string>>> = {
    lost: new Set(),
    gained: new Set(),
    uncertain: new Set(),
  };
  const groups = new Map<
    string,
    { readonly group: string; change: ChangeKind; people: Set<string>; requests: number }
  >();
  let withoutRow = 0;

  function addToGroups({ change, groups: names }: ChangedRequest, person: string): void {
    for (const group of names) {
      const key = `${change} ${group}`;
      let found = groups.get(key);
      if (found === undefined) {
        if (groups.size >= mostGroups) continue;
        found = { group, change, people: new Set(), requests: 0 };
        groups.set(key, found);
      }
      found.requests += 1;
      if (found.people.size < mostPeople) found.people.add(person);
    }
  }

  return {
    add(request) {
      const { timeMs, inForce, proposed, ...rest } = request;
      const { change, api, method, path, recorded } = rest;
      const person = personKey(rest.person);
      requests[change] += 1;
      if (people[change].size < mostPeople) people[change].add(person);
      addToGroups(request, person);
      const key = JSON.stringify([change, person, api, method, path, recorded.rule, inForce.rule, proposed.rule]);
      const row = rows.get(key);
      if (row !== undefined) {
        row.requests += 1;
        row.firstAtMs = timeMs;
      } else if (rows.size >= mostRowsInMemory) withoutRow += 1;
      else
        rows.set(key, {
          ...rest,
          inForce: { effect: inForce.effect, rule: inForce.rule },
          proposed,
          requests: 1,
          firstAtMs: timeMs,
          lastAtMs: timeMs,
        });
    },
    result(mostRows) {
      const order = (change: ChangeKind): number => changeKinds.indexOf(change);
      const sorted = [...rows.values()].toSorted(
        (one, other) => order(one.change) - order(other.change) || other.requests - one.requests,
      );
      const shown = sorted.slice(0, mostRows);
      const cut = sorted.slice(mostRows).reduce((sum, row) => sum + row.requests, 0);
      const total = (change: ChangeKind) => ({ requests: requests[change], people: people[change].size });
      return {
        totals: { lost: total('lost'), gained: total('gained'), uncertain: total('uncertain') },
        changes: shown,
        groups: [...groups.values()]
          .map((group): WhatIfGroup => ({ ...group, people: group.people.size }))
          .toSorted((one, other) => order(one.change) - order(other.change) || other.requests - one.requests),
        withoutRow: withoutRow + cut,
      };
    },
  };
}
