import type { ApiDetail } from '../../api/admin-api.ts';

export type ApiRule = ApiDetail['rules'][number];

/** What else a rule looks at, as people say it. */
const asked: Readonly<Record<string, string>> = {
  claims: 'claims of the sign-in',
  scopes: 'scopes of the token',
  kind: 'people or services only',
  times: 'times of the day',
  networks: 'where the caller is',
  devices: 'devices',
  step_up: 'a fresh sign-in',
  users: 'single people',
};

/** A rule as one sentence. Pure. */
export function ruleSentence({ effect, groups, methods, paths, asksFor }: ApiRule): string {
  const who = groups === null ? 'everybody who is signed in' : listed(groups, 'or');
  const what = methods.length === 0 || methods.includes('*') ? 'anything' : listed(methods, 'and');
  const where = paths.length === 0 ? '' : ` at ${listed(paths, 'and')}`;
  const besides =
    asksFor.length === 0
      ? ''
      : `; it also asks for ${listed(
          asksFor.map((key) => asked[key] ?? key),
          'and',
        )}`;
  return `${effect === 'allow' ? 'Allows' : 'Denies'} ${what}${where} for ${who}${besides}.`;
}

function listed(words: readonly string[], and: string): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1) ?? ''}`;
}

/** A limit in words. Pure. */
export function limitSentence({ requests, every, per }: ApiDetail['limits'][number]): string {
  return `${requests.toLocaleString('en')} requests every ${every}, counted per ${per.replaceAll('_', ' ')}`;
}
