/** Put there by the build (`vite.main.config.ts`), inside the archive whose hash the runtime checks. */
declare const __CAUSEWAY_UPDATES__:
  | { readonly feed: string; readonly keys: string; readonly publishers: string }
  | undefined;

/** What the build says about updates: where the feed is, and the keys that may sign it. */
export interface UpdateBuild {
  readonly feed: string | null;
  /** In minisign’s form; several while one takes over from another. */
  readonly keys: readonly string[];
  /** Names in the certificates that may sign Windows’ installers. */
  readonly publishers: readonly string[];
}

/** Reads what this build was made with; nothing where it runs from sources. */
export function updateBuild(): UpdateBuild {
  const made =
    typeof __CAUSEWAY_UPDATES__ === 'undefined' ? { feed: '', keys: '', publishers: '' } : __CAUSEWAY_UPDATES__;
  return {
    feed: made.feed === '' ? null : made.feed,
    keys: made.keys.split(/[\s,]+/).filter((key) => key !== ''),
    publishers: made.publishers.split(';').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
  };
}
