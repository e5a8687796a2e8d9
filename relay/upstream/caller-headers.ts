import type { ApiConfig } from '../config/config-schema.ts';
import { judgeName } from '../config/values/header-names.ts';
import { compileNames } from '../config/values/name-set.ts';

/** Which of a caller's headers go on to one API's upstream. */
export interface CallerHeaders {
  readonly passes: (name: string) => boolean;
  /** The API takes a method override, decided on like the method itself. */
  readonly keeps: (name: string) => boolean;
}

/**
 * Reads an API's `headers`, `drop_headers` and `keep_headers`. A static header replaces the caller's of that name; what
 * is dropped stays dropped though it is also kept; hop-by-hop headers and the relay's own never get here.
 */
export function compileCallerHeaders(
  api: Pick<ApiConfig, 'drop_headers' | 'keep_headers'> & { readonly headers: Readonly<Record<string, string>> },
): CallerHeaders {
  const dropped = compileNames([...api.drop_headers, ...Object.keys(api.headers)]);
  const kept = compileNames(api.keep_headers);
  const keeps = (name: string): boolean => {
    const { folded } = judgeName(name);
    return kept.has(folded) && !dropped.has(folded);
  };
  return {
    passes(name) {
      const { fate, folded } = judgeName(name);
      switch (fate) {
        case 'pass':
        case 'browser':
          return !dropped.has(folded);
        case 'claimed':
        case 'destination':
        case 'method-override':
          return keeps(name);
        case 'content-length':
          return true;
        case 'own':
        case 'hop':
        case 'host':
        case 'expect':
          return false;
      }
    },
    keeps,
  };
}
