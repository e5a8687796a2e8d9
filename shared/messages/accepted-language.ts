import { type Language, languages } from './language.ts';

/** Part of a header that is looked at; browsers send a tenth of it. */
const mostCharacters = 1000;
/** A language range with its weight (RFC 9110 §12.5.4, RFC 4647 §2.1). */
const range =
  /^(?<tag>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:[ \t]*;[ \t]*q=(?<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

interface Wanted {
  /** Before the first hyphen, in small letters; or `*`. */
  readonly language: string;
  readonly weight: number;
}

/**
 * The language of ours that a reader wants most by `Accept-Language` (RFC 9110 §12.5.4): the heaviest, of equal ones the
 * first; `de-AT` wants German. What can’t be read is left out, and who wants none of ours gets English.
 */
export function acceptedLanguage(header: string | undefined): Language {
  const ranges = readRanges(header ?? '');
  const rest = Math.max(0, ...ranges.filter(({ language }) => language === '*').map(({ weight }) => weight));
  const known = languages.map((language) => {
    const own = ranges.filter((each) => each.language === language);
    const weight = own.length === 0 ? rest : Math.max(...own.map((each) => each.weight));
    const at = ranges.findIndex((each) => each.language === language && each.weight === weight);
    return { language, weight, at: at === -1 ? ranges.length : at };
  });
  const [best] = known.toSorted((one, other) => other.weight - one.weight || one.at - other.at);
  return best === undefined || best.weight === 0 ? 'en' : best.language;
}

function readRanges(header: string): readonly Wanted[] {
  const whole = header.length <= mostCharacters;
  const parts = header.slice(0, mostCharacters).split(',');
  // The last one may be cut.
  return (whole ? parts : parts.slice(0, -1)).flatMap((part) => {
    const { tag, weight = '1' } = range.exec(part.trim())?.groups ?? {};
    return tag === undefined ? [] : [{ language: tag.toLowerCase().split('-')[0] ?? '', weight: Number(weight) }];
  });
}
