import { z } from 'zod';
import { mostNotices, type Notice, noticeSchema } from '../shared/notice.ts';
import type { Snapshot } from '../shared/snapshot.ts';
import { noticesDue } from './notices-due.ts';

/** Where notices are kept between runs; encrypted, because they name people, APIs and reasons. */
export interface NoticePlace {
  read(): Promise<string | null>;
  write(kept: string): Promise<void>;
  /** Deletes what is kept, also where it can't be read now. */
  delete(): Promise<void>;
}

export interface NoticeCentreOptions {
  readonly place: NoticePlace;
  readonly now: () => number;
  /** What is new since the last look, newest last; none while the person wants no notifications. */
  readonly onNew: (notices: readonly Notice[]) => void;
  readonly onChange: (notices: readonly Notice[]) => void;
  readonly onUnkept: (error: unknown) => void;
}

/** The last notices, read and unread; each thing is told once, whatever restarts and reconnects. */
export interface NoticeCentre {
  /** Takes in a new state. */
  observe(snapshot: Snapshot): void;
  list(): readonly Notice[];
  /** The person has seen them: these, or all. */
  markRead(ids: readonly string[] | 'all'): void;
  /** What the person does here is no news: it isn’t told when it comes back as state. */
  skip(id: string): void;
  clear(): void;
  /** Resolves when all is kept. */
  close(): Promise<void>;
}

/** Ids that were told, so that what was read and left the list isn’t told again; besides those that still would be told. */
const mostTold = 500;
const longestTimerMs = 2_147_483_647;
const keptSchema = z.object({
  notices: z.array(noticeSchema),
  told: z.array(z.string()),
  /** Whom the notices of a profile were for. */
  people: z.record(z.string(), z.string()).default({}),
});
type Kept = Readonly<Omit<z.infer<typeof keptSchema>, 'told'>> & { readonly told: readonly string[] };

/** Opens the centre with what was kept; what can’t be read is begun anew. */
export async function openNoticeCentre(options: NoticeCentreOptions): Promise<NoticeCentre> {
  const { place, now, onNew, onChange, onUnkept } = options;
  let kept = await readKept(place, onUnkept);
  let last: Snapshot | null = null;
  let stillDue: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const toldWith = (ids: readonly string[]): readonly string[] => {
    const all = [...new Set([...kept.told, ...ids])];
    let tooMany = all.length - mostTold;
    return all.filter((id) => {
      const isDropped = tooMany > 0 && !stillDue.has(id);
      if (isDropped) tooMany -= 1;
      return !isDropped;
    });
  };

  const put = (changed: Kept): void => {
    kept = changed;
    const isEmpty = changed.notices.length + changed.told.length + Object.keys(changed.people).length === 0;
    writing = writing.then(() => (isEmpty ? place.delete() : place.write(JSON.stringify(changed)))).catch(onUnkept);
    onChange(changed.notices);
  };

  const forget = (profiles: ReadonlySet<string>): void => {
    if (profiles.size === 0) return;
    const isKept = (id: string): boolean => !profiles.has(id.slice(0, id.indexOf(' ')));
    const notices = kept.notices.filter(({ profileId }) => !profiles.has(profileId));
    const people = Object.fromEntries(Object.entries(kept.people).filter(([id]) => !profiles.has(id)));
    writing = writing.then(() => place.delete()).catch(onUnkept);
    put({ notices, told: kept.told.filter(isKept), people });
  };

  /** Who signs out takes along what was told of the relay. */
  const forgetSignedOut = (before: Snapshot | null, after: Snapshot): void => {
    const gone = (before?.profiles ?? []).filter(({ id, signIn }) => {
      const now = after.profiles.find((profile) => profile.id === id);
      return now === undefined || (now.signIn.status === 'signed-out' && signIn.status !== 'signed-out');
    });
    forget(new Set(gone.map(({ id }) => id)));
  };

  /** Nor does anybody see what was told to whoever was signed in there before, in this run or an earlier one. */
  const forgetOthers = ({ profiles }: Snapshot): void => {
    const others = profiles.filter(({ id, person }) => person !== undefined && kept.people[id] !== person);
    if (others.length === 0) return;
    forget(new Set(others.flatMap(({ id }) => (kept.people[id] === undefined ? [] : [id]))));
    const people = Object.fromEntries(
      profiles.flatMap(({ id, person }) => (person === undefined ? [] : [[id, person]])),
    );
    put({ ...kept, people });
  };

  const observe = (snapshot: Snapshot): void => {
    const before = last;
    last = snapshot;
    forgetSignedOut(before, snapshot);
    forgetOthers(snapshot);
    const nowMs = now();
    const { due, nextAtMs } = noticesDue(before, snapshot, nowMs);
    clearTimeout(timer);
    timer = undefined;
    if (Number.isFinite(nextAtMs)) {
      timer = setTimeout(() => last !== null && observe(last), Math.min(nextAtMs - nowMs, longestTimerMs)).unref();
    }
    stillDue = new Set(due.map(({ id }) => id));
    const told = new Set(kept.told);
    const fresh = due.filter(({ id }) => !told.has(id)).map((notice) => ({ ...notice, atMs: nowMs, read: false }));
    if (fresh.length === 0) return;
    put({
      ...kept,
      notices: [...fresh.toReversed(), ...kept.notices].slice(0, mostNotices),
      told: toldWith(fresh.map(({ id }) => id)),
    });
    if (snapshot.settings.notifications) onNew(fresh);
  };

  return {
    observe,
    list: () => kept.notices,
    markRead(ids) {
      const isMeant = ({ id, read }: Notice): boolean => !read && (ids === 'all' || ids.includes(id));
      if (!kept.notices.some(isMeant)) return;
      put({ ...kept, notices: kept.notices.map((notice) => (isMeant(notice) ? { ...notice, read: true } : notice)) });
    },
    skip: (id) => put({ ...kept, told: toldWith([id]) }),
    clear() {
      if (kept.notices.length > 0) put({ ...kept, notices: [] });
    },
    async close() {
      clearTimeout(timer);
      await writing;
    },
  };
}

async function readKept(place: NoticePlace, onUnkept: (error: unknown) => void): Promise<Kept> {
  try {
    const text = await place.read();
    if (text !== null) return keptSchema.parse(JSON.parse(text));
  } catch (error) {
    onUnkept(error);
  }
  return { notices: [], told: [], people: {} };
}
