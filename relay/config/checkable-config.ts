import type { z } from 'zod';
import { type Config, configSchema } from './config-schema.ts';
import { sinkSchema } from './sink-schema.ts';

/** The parts of a config that can be checked; what can't is left undefined, so that places in lists stay true. */
export interface CheckableConfig {
  readonly relay: Config['relay'] | undefined;
  readonly issuers: readonly (Config['issuers'][number] | undefined)[];
  readonly apis: readonly (Config['apis'][number] | undefined)[];
  readonly tiers: readonly (Config['tiers'][number] | undefined)[];
  readonly request_limits: readonly (Config['request_limits'][number] | undefined)[];
  readonly shared_state: Config['shared_state'] | undefined;
  readonly client_policy?: Config['client_policy'] | undefined;
  readonly audit?: Config['audit'] | undefined;
  readonly storage?: string | undefined;
  readonly sinks: readonly (Config['audit']['sinks'][number] | undefined)[];
  readonly saml?: Config['saml'] | undefined;
  readonly admin?: Config['admin'];
  readonly notify?: Config['notify'];
  readonly break_glass?: Config['break_glass'];
  readonly anomalies?: Config['anomalies'] | undefined;
  readonly signals?: readonly (Config['signals'][number] | undefined)[];
}

/** Harmless stand-ins for wrong entries of lists, where leaving them out would shift the others. */
const standIns: Readonly<Record<string, unknown>> = { paths: '/', methods: '*', groups: '*' };

/**
 * Takes out of a value that the schema refused all that can still be checked for other problems, so that one round
 * names every problem. The result is for checks only, never for use.
 */
export function checkableConfig(value: unknown, issues: readonly z.core.$ZodIssue[]): CheckableConfig {
  const mended: unknown = structuredClone(value);
  for (const issue of issues) {
    const wrong = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of wrong) takeOut(mended, path);
  }
  const { relay, issuers, apis, tiers, request_limits: limits, shared_state: shared, audit, saml } = configSchema.shape;
  const { client_policy, storage, admin, notify, break_glass, signals, anomalies } = configSchema.shape;
  return {
    relay: relay.safeParse(at(mended, ['relay'])).data,
    issuers: listAt(mended, 'issuers').map((entry) => issuers.element.safeParse(entry).data),
    apis: listAt(mended, 'apis').map((entry) => apis.element.safeParse(entry).data),
    tiers: listAt(mended, 'tiers').map((entry) => tiers.unwrap().element.safeParse(entry).data),
    request_limits: listAt(mended, 'request_limits').map((entry) => limits.unwrap().element.safeParse(entry).data),
    sinks: listAt(at(mended, ['audit']), 'sinks').map((entry) => sinkSchema.safeParse(entry).data),
    shared_state: shared.safeParse(at(mended, ['shared_state'])).data,
    client_policy: client_policy.safeParse(at(mended, ['client_policy'])).data,
    audit: audit.safeParse(at(mended, ['audit'])).data,
    storage: storage.safeParse(at(mended, ['storage'])).data,
    saml: saml.safeParse(at(mended, ['saml'])).data,
    admin: admin.safeParse(at(mended, ['admin'])).data,
    notify: notify.safeParse(at(mended, ['notify'])).data,
    break_glass: break_glass.safeParse(at(mended, ['break_glass'])).data,
    anomalies: anomalies.safeParse(at(mended, ['anomalies'])).data,
    signals: listAt(mended, 'signals').map((entry) => signals.unwrap().element.safeParse(entry).data),
  };
}

function takeOut(root: unknown, path: readonly PropertyKey[]): void {
  const last = path.at(-1);
  const parent = at(root, path.slice(0, -1));
  if (last === undefined || typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent)) Reflect.set(parent, last, standIns[String(path.at(-2))]);
  else Reflect.deleteProperty(parent, last);
}

function listAt(root: unknown, key: string): readonly unknown[] {
  const found = at(root, [key]);
  return Array.isArray(found) ? found : [];
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  let found = root;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}
