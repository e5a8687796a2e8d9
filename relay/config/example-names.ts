import type { ResolvedConfig } from './config-files.ts';

/** A value that the installed example begins with, and nobody has filled in yet. */
export interface ExampleName {
  readonly place: readonly PropertyKey[];
  readonly message: string;
}

/** Addresses whose host ends in “.invalid”, which can be nobody’s (RFC 6761 §6.4): those of the example that a package installs. */
export function exampleNames({ config }: Pick<ResolvedConfig, 'config'>): readonly ExampleName[] {
  const addresses: readonly (readonly [readonly PropertyKey[], string])[] = [
    [['relay', 'url'], config.relay.url],
    ...config.issuers.map(({ issuer }, index) => [['issuers', index, 'issuer'], issuer] as const),
    ...config.apis.map(({ upstream }, index) => [['apis', index, 'upstream'], upstream] as const),
  ];
  return addresses.flatMap(([place, address]) => {
    const host = URL.parse(address)?.hostname;
    if (host === undefined || !/(?:^|\.)invalid\.?$/.test(host)) return [];
    return [{ place, message: `still has the example’s ${host}. Write yours; until then the relay doesn’t start.` }];
  });
}
