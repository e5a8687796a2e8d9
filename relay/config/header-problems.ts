import { isNeverKept } from './values/header-names.ts';
import { compileNames, folded } from './values/name-set.ts';
import type { ApiConfig } from './config-schema.ts';
import type { Report } from './yaml-source.ts';

/** What a schema can't see of an API's header keys: names that are the relay's, clash, or can never have an effect. */
export function checkHeaders(api: ApiConfig, place: readonly PropertyKey[], report: Report): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(api.headers)) {
    const at = [...place, 'headers', name];
    checkStaticName(name, at, report);
    const other = seen.get(plain(name));
    if (other !== undefined) report(at, `is the same header as ${other}. Write it once.`, 'key');
    seen.set(plain(name), name);
  }
  for (const key of ['drop_headers', 'keep_headers'] as const) {
    for (const [index, entry] of api[key].entries()) {
      if (isRelaysOwn(entry)) {
        report(
          [...place, key, index],
          'names headers that the relay sets or strips itself, whatever stands here. Remove it.',
        );
      }
    }
  }
  const dropped = compileNames(api.drop_headers);
  for (const [index, entry] of api.keep_headers.entries()) {
    const at = [...place, 'keep_headers', index];
    if (dropped.has(plain(withoutStar(entry)))) {
      report(at, 'has no effect: “drop_headers” drops it, and wins. Remove it here or there.');
    } else if (!entry.endsWith('*') && seen.has(plain(entry))) {
      report(at, 'has no effect: the header of that name under “headers” replaces the caller’s. Remove one of them.');
    }
  }
}

/** Headers that the relay itself answers for, or that would change how a message is framed (RFC 9110 §7.6.1). */
function checkStaticName(name: string, place: readonly PropertyKey[], report: Report): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    report(place, 'isn’t a header name. Use letters, digits and “-”.', 'key');
  } else if (plain(name) === 'host') {
    report(place, 'is a header that the relay sets or strips itself. Write the API’s key “host” instead.', 'key');
  } else if (isNeverKept(name) || plain(name) === 'forwarded' || plain(name).startsWith('x-forwarded-')) {
    report(place, 'is a header that the relay sets or strips itself. Remove it.', 'key');
  }
}

function isRelaysOwn(entry: string): boolean {
  return isNeverKept(withoutStar(entry)) || (entry.endsWith('*') && plain(entry).startsWith('x-causeway-'));
}

function withoutStar(entry: string): string {
  return entry.endsWith('*') ? entry.slice(0, -1) : entry;
}

function plain(name: string): string {
  return folded(name.toLowerCase());
}
