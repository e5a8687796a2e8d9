import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { readConfig } from '../config/load-config.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { openRevisionStore, revisionFile, type RevisionStore } from '../revisions/revision-store.ts';
import { createPastDecider, type PastDecider } from './decide-as-known.ts';

/** Configs of the past by the policy revision that records name. */
export interface PastPolicies {
  /** Null when that config isn’t kept. */
  at(policyRevision: string): Promise<PastDecider | null>;
  /** Revisions that records name and nothing is kept of. */
  readonly missing: ReadonlySet<string>;
  close(): void;
}

const mostTexts = 50;

/** Looks through what the data folder keeps, or `shared`, the newest first, as far as it is asked. */
export function openPastPolicies(dataDir: string, inForce: Config, shared: RevisionStore | null): PastPolicies {
  const missing = new Set<string>();
  const found = new Map<string, PastDecider>([[compilePolicy(inForce).revision, createPastDecider(inForce)]]);
  const store = shared ?? (existsSync(join(dataDir, revisionFile)) ? openRevisionStore(dataDir) : null);
  const texts = textsOf(store);
  return {
    missing,
    async at(policyRevision) {
      while (!found.has(policyRevision) && !missing.has(policyRevision)) {
        const next = await texts.next();
        if (next.done === true) missing.add(policyRevision);
        else found.set(compilePolicy(next.value).revision, createPastDecider(next.value));
      }
      return found.get(policyRevision) ?? null;
    },
    close: () => store?.close(),
  };
}

async function* textsOf(store: RevisionStore | null): AsyncGenerator<Config> {
  if (store === null) return;
  const seen = new Set<string>();
  for (const { hash, file, event, isKept } of await store.list()) {
    if (event !== 'loaded' || !isKept || seen.has(hash)) continue;
    if (seen.size === mostTexts) return;
    seen.add(hash);
    for (const text of await store.textsOf(hash)) {
      const config = await rulesOf(file, text);
      if (config !== null) yield config;
    }
  }
}

/** Null for a text that this version of the relay can't use any more. */
async function rulesOf(path: string, text: string): Promise<Config | null> {
  try {
    return (await readConfig({ path, text }, { files: 'skip' })).config;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return null;
  }
}
