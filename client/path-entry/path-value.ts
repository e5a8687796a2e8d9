/** Longest value of a variable that Windows takes (SetEnvironmentVariableW), with its last NUL. */
const mostCharacters = 32_767;

/** The entries of a PATH as they stand there, quotes and all. A semicolon in quotes is part of a folder’s name. */
function entriesOf(value: string): readonly string[] {
  return value.match(/(?:"[^"]*"?|[^;"])+|(?<=^|;)(?=;|$)/gu) ?? [];
}

const plain = (entry: string): string =>
  entry
    .replaceAll('"', '')
    .trim()
    .replace(/[\\/]+$/u, '')
    .toLowerCase();

/**
 * PATH with a folder at its end, once; all else stays as it is written.
 * @throws Error when it would be longer than Windows takes
 */
export function withEntry(value: string, folder: string): string {
  if (entriesOf(value).some((entry) => plain(entry) === plain(folder))) return value;
  const entry = folder.includes(';') ? `"${folder}"` : folder;
  const longer = value === '' || value.endsWith(';') ? `${value}${entry}` : `${value};${entry}`;
  if (longer.length >= mostCharacters)
    throw new Error(`PATH has no room for ${folder}: it would have ${longer.length} characters.`);
  return longer;
}

/** PATH without a folder; all else stays as it is written. */
export function withoutEntry(value: string, folder: string): string {
  const kept = entriesOf(value).filter((entry) => plain(entry) !== plain(folder));
  return kept.length === entriesOf(value).length ? value : kept.join(';');
}
