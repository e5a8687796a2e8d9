import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath, pathForms } from '../../../shared/canonical-path.ts';
import { person, policyOf } from './policy-fixture.ts';

type Mutation = (target: string, at: number) => string;

function replaceAt(target: string, at: number, replace: (character: string) => string): string {
  const index = 1 + (at % Math.max(1, target.length - 1));
  return target.slice(0, index) + replace(target.charAt(index)) + target.slice(index + 1);
}

function hex(character: string): string {
  return (character === '' ? 0 : character.charCodeAt(0) & 0xff).toString(16).padStart(2, '0');
}

function atSlash(target: string, at: number, insert: string): string {
  const slashes = target.split('').flatMap((character, index) => (character === '/' ? [index] : []));
  const index = slashes[at % slashes.length] ?? 0;
  return target.slice(0, index) + insert + target.slice(index + 1);
}

/** Everything that the “Paths” row of the requirements lists, to be heaped on each other. */
const mutations: Readonly<Record<string, Mutation>> = {
  encode: (target, at) => replaceAt(target, at, (character) => `%${hex(character)}`),
  encodeUpper: (target, at) => replaceAt(target, at, (character) => `%${hex(character).toUpperCase()}`),
  encodeTwice: (target, at) => replaceAt(target, at, (character) => `%25${hex(character)}`),
  encodePercent: (target, at) => replaceAt(target, at, (character) => (character === '%' ? '%25' : character)),
  unicodeEscape: (target, at) => replaceAt(target, at, (character) => `%u00${hex(character)}`),
  swapCase: (target, at) =>
    replaceAt(target, at, (character) =>
      character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase(),
    ),
  wide: (target, at) =>
    replaceAt(target, at, (character) =>
      character > ' ' && character <= '~'
        ? encodeURIComponent(String.fromCodePoint(character.charCodeAt(0) + 0xfee0))
        : character,
    ),
  overlong: (target, at) =>
    replaceAt(target, at, (character) => {
      const code = character.charCodeAt(0) & 0x7f;
      return `%c${(code >> 6).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`;
    }),
  slashEncoded: (target, at) => atSlash(target, at, '/x%2f..%2f').replace(/^(?!\/)/, '/'),
  slashAsHex: (target, at) => `/${atSlash(target.slice(1), at, '%2F')}`,
  backslash: (target, at) => `/${atSlash(target.slice(1), at, '\\')}`,
  backslashEncoded: (target, at) => `/${atSlash(target.slice(1), at, '%5c')}`,
  wideSlash: (target, at) => `/${atSlash(target.slice(1), at, '%EF%BC%8F')}`,
  doubleSlash: (target, at) => atSlash(target, at, '//'),
  dotSegment: (target, at) => atSlash(target, at, '/./'),
  climb: (target, at) => atSlash(target, at, '/public/../'),
  climbEncoded: (target, at) => atSlash(target, at, '/public/%2e%2e/'),
  parameter: (target, at) => atSlash(target, at, ';v=1/'),
  parameterAtEnd: (target) => `${target};v=1`,
  parameterEncoded: (target) => `${target}%3Bv`,
  nul: (target) => `${target}%00`,
  nulSuffix: (target) => `${target}%00.css`,
  fragment: (target) => `${target}#x`,
  fragmentEncoded: (target) => `${target}%23x`,
  queryEncoded: (target) => `${target}%3fx`,
  stream: (target, at) => atSlash(target, at, '::$i30:$INDEX_ALLOCATION/').replace(/^(?!\/)/, '/'),
  streamAtEnd: (target) => `${target}::$DATA`,
  ending: (target) => `${target}.json`,
  joiner: (target, at) => replaceAt(target, at, (character) => `%CD%8F${character}`),
  accent: (target, at) => replaceAt(target, at, (character) => `${character}%CC%81`),
  wideParameter: (target) => `${target}%EF%BC%9Bx`,
  wideQuery: (target) => `${target}%EF%BC%9Fx`,
  wideBackslash: (target, at) => `/${atSlash(target.slice(1), at, '%EF%BC%BC')}`,
  trailingDot: (target) => `${target}.`,
  trailingSpace: (target) => `${target}%20`,
  trailingSlash: (target) => `${target}/`,
  dotInside: (target, at) => atSlash(target, at, './'),
  invisible: (target, at) => replaceAt(target, at, (character) => `%E2%80%8B${character}`),
  malformed: (target, at) => replaceAt(target, at, (character) => `%zz${character}`),
  query: (target) => `${target}?a=/public`,
};

/**
 * All paths that some server might take a target for: decoding up to three times, cutting at “?”, “#” and NUL, dropping
 * parameters, streams and endings, mapping wide characters, ignoring case and accents, merging slashes, resolving dots, trimming segments. Independent
 * of the code under test.
 */
function everyReading(target: string): ReadonlySet<string> {
  const readings = new Set<string>();
  let text = target.split(/[?#]/)[0] ?? '';
  for (let round = 0; round < 4; round += 1) {
    for (const cut of [text, text.split(/[?#\0]/)[0] ?? '']) {
      const folded = cut
        .normalize('NFKC')
        .toLowerCase()
        .normalize('NFD')
        .replaceAll(/\u{200b}|\u{34f}|\u{301}/gu, '')
        .replaceAll('\\', '/');
      for (const bare of [folded, folded.replaceAll(/;[^/]*/g, ''), folded.replaceAll(/[:;][^/]*/g, '')]) {
        for (const whole of [bare, bare.split(/[?#]/)[0] ?? '', bare.replace(/\.[a-z]+\/?$/, '')])
          for (const trim of [/$^/, /[. ]+$/]) readings.add(resolveDots(whole, trim));
      }
    }
    text = decodeOnce(text);
  }
  return readings;
}

function resolveDots(path: string, trim: RegExp): string {
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') out.pop();
    else if (segment !== '' && segment !== '.') out.push(segment.replace(trim, ''));
  }
  return `/${out.filter((segment) => segment !== '').join('/')}`;
}

function decodeOnce(text: string): string {
  const bytes: number[] = [];
  const unicode = text.replaceAll(/%u([0-9a-f]{4})/gi, (_match, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  for (let index = 0; index < unicode.length; index += 1) {
    const byte = /^%[0-9a-f]{2}$/i.test(unicode.slice(index, index + 3))
      ? parseInt(unicode.slice(index + 1, index + 3), 16)
      : -1;
    if (byte >= 0) {
      bytes.push(byte);
      index += 2;
    } else {
      bytes.push(...Buffer.from(unicode.charAt(index)));
    }
  }
  // Overlong two-byte forms, as careless decoders read them.
  const text8 = Buffer.from(bytes).toString('latin1');
  const short = text8.replaceAll(/([\xc0\xc1])([\x80-\xbf])/g, (_match, lead: string, tail: string) =>
    String.fromCharCode(((lead.charCodeAt(0) & 1) << 6) | (tail.charCodeAt(0) & 0x3f)),
  );
  return Buffer.from(short, 'latin1').toString('utf8');
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(mutations)), fc.nat(40)), {
  minLength: 1,
  maxLength: 4,
});

function mutate(target: string, applied: readonly (readonly [string, number])[]): string {
  return applied.reduce((text, [name, at]) => mutations[name]?.(text, at) ?? text, target);
}

describe('a path that policy denies', () => {
  const policies = [[], ['encoded-slash' as const], [...pathForms]].flatMap((allow) =>
    [false, true].map((case_insensitive_paths) => ({
      allow,
      policy: policyOf(
        [
          { name: 'all', paths: ['/**'] },
          { name: 'no-admin', effect: 'deny', paths: ['/admin/**', '/v1/*/secret'] },
        ],
        { paths: { allow }, case_insensitive_paths },
      ),
    })),
  );
  const isDenied = (path: string): boolean => isUnder(path, '/admin') || /^\/v1\/[^/]+\/secret$/.test(path);

  it('gets no allow under any of 20,000 mutations of it', () => {
    let reached = 0;
    let allowed = 0;
    const start = fc.constantFrom('/admin', '/admin/users/1', '/v1/alice/secret', '/public/x');
    fc.assert(
      fc.property(start, steps, fc.constantFrom(...policies), (path, applied, { policy, allow }) => {
        const target = mutate(path, applied);
        const canonical = canonicalPath(target, { allow });
        if (canonical.status === 'refused') return;
        const { effect } = policy.decide(person(), { api: 'orders', method: 'GET', path: canonical.path });
        const denied = [...everyReading(target)].some(isDenied);
        if (denied) reached += 1;
        if (denied) expect(effect, target).toBe('deny');
        else if (effect === 'allow') allowed += 1;
      }),
      { numRuns: 20_000 },
    );
    // The test would prove nothing if all mutations were refused or all paths denied.
    expect(reached).toBeGreaterThan(500);
    expect(allowed).toBeGreaterThan(200);
  });

  it('gets no allow from a rule for another folder, whatever is heaped on', () => {
    const policy = policyOf([{ name: 'public', paths: ['/public/**'] }], { paths: { allow: [...pathForms] } });
    const forms = fc.constantFrom([], [...pathForms]);
    const hops = fc.array(
      fc.constantFrom('/..', '/%2e%2e', '/..%2f', '/.%2e', '/..;x', '/%252e%252e', '/x', '\\..', '//', '/.'),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(hops, steps, forms, (between, applied, allow) => {
        const target = mutate(`/public${between.join('')}/admin`, applied);
        const canonical = canonicalPath(target, { allow });
        if (canonical.status === 'refused') return;
        const { effect } = policy.decide(person(), { api: 'orders', method: 'GET', path: canonical.path });
        if ([...everyReading(target)].some((reading) => isUnder(reading, '/admin')))
          expect(effect, target).toBe('deny');
      }),
      { numRuns: 5000 },
    );
  });

  it('gets an allow from a rule only if all readings of what the API asks for are allowed', () => {
    const rules = ['/public/**', '/v1/*/open', '/v1/*/open/**'];
    const policy = policyOf([{ name: 'some', paths: rules }], { paths: { allow: [...pathForms] } });
    const isAllowed = (path: string): boolean => isUnder(path, '/public') || /^\/v1\/[^/]+\/open(\/|$)/.test(path);
    // An encoded slash is an ordinary character to allow rules, once or twice encoded.
    const asked = [
      'parameter',
      'parameterAtEnd',
      'backslashEncoded',
      'wideQuery',
      'wideParameter',
      'wideSlash',
      'wideBackslash',
      'doubleSlash',
    ];
    const spelled = fc.array(fc.tuple(fc.constantFrom(...asked), fc.nat(40)), { minLength: 1, maxLength: 3 });
    let allowed = 0;
    let denied = 0;
    fc.assert(
      fc.property(fc.constantFrom('/public/a', '/v1/a/open', '/v1/a/open/b', '/admin'), spelled, (path, applied) => {
        const target = mutate(path, applied);
        const canonical = canonicalPath(target, { allow: pathForms });
        if (canonical.status === 'refused') return;
        const { effect } = policy.decide(person(), { api: 'orders', method: 'GET', path: canonical.path });
        if (effect === 'deny') denied += 1;
        else allowed += 1;
        if (effect === 'allow')
          expect(
            [...everyReading(target)].filter((reading) => !isAllowed(reading)),
            target,
          ).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(allowed).toBeGreaterThan(200);
    expect(denied).toBeGreaterThan(200);
  });

  it('is denied also when it isn’t canonical, should such a path ever reach policy', () => {
    const policy = policyOf([{ name: 'all' }]);
    for (const path of ['/a/../b', '/a%2fb', '//a', '/%61', 'a', '', '/a?b', '/a%zz']) {
      const decision = policy.decide(person(), { api: 'orders', method: 'GET', path });
      expect(decision).toMatchObject({ effect: 'deny', rule: null, unlockedBy: [] });
    }
  });
});
