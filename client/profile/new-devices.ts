import type { OwnSession } from '../../shared/own-session.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { NewDevice } from '../../shared/snapshot.ts';

/** So many told sign-ins are remembered; the relay forgets them sooner. */
const mostRemembered = 200;

export interface NewDevicesOptions {
  /** Asks the relay for the person's sessions; null while nobody is signed in. */
  readonly ask: () => Promise<readonly OwnSession[]> | null;
  readonly record: () => ProfileRecord;
  readonly remember: (change: Pick<ProfileRecord, 'toldSessions'>) => void;
  readonly onChange: () => void;
  /** How often to look while nothing says that there is something new. */
  readonly everyMs: number;
}

/** Sign-ins of the person on devices that they hadn't used before, each told once. */
export interface NewDevices {
  /** Those that the person hasn't looked at yet, newest last. */
  readonly all: readonly NewDevice[];
  /** Asks now, and from then on again and again; failures leave what is known. */
  look(): void;
  /** Takes a list that was asked for. */
  take(sessions: readonly OwnSession[]): void;
  /** The person has looked at them. */
  didSee(): void;
  /** Nobody is signed in any more. */
  stop(): void;
}

export function createNewDevices(options: NewDevicesOptions): NewDevices {
  const { record, remember, onChange } = options;
  let all: readonly NewDevice[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;
  let isAskedAgain = false;

  async function ask(): Promise<void> {
    isAsking = true;
    try {
      do {
        isAskedAgain = false;
        const sessions = await options.ask();
        if (sessions !== null) take(sessions);
      } while (isAskedAgain);
    } catch {
      // The tunnel and the catalog tell in their own states what is wrong; an older relay has no such list.
    } finally {
      isAsking = false;
    }
  }

  function look(): void {
    timer ??= setInterval(look, options.everyMs).unref();
    if (isAsking) isAskedAgain = true;
    else void ask();
  }

  function take(sessions: readonly OwnSession[]): void {
    const own = sessions.find(({ current }) => current);
    // Without a word which one asks, this very sign-in can't be told from a new one.
    if (own === undefined) return;
    const told = record().toldSessions ?? [];
    const later = sessions.filter(({ current, newDevice, sinceMs }) => !current && newDevice && sinceMs > own.sinceMs);
    const fresh = later.filter(({ id }) => !told.includes(id)).toSorted((one, other) => one.sinceMs - other.sinceMs);
    const left = all.filter(({ id }) => sessions.some((session) => session.id === id));
    if (fresh.length === 0 && left.length === all.length) return;
    all = [...left, ...fresh.map(newDevice)];
    if (fresh.length > 0) remember({ toldSessions: [...told, ...fresh.map(({ id }) => id)].slice(-mostRemembered) });
    onChange();
  }

  return {
    get all() {
      return all;
    },
    look,
    take,
    didSee() {
      if (all.length === 0) return;
      all = [];
      onChange();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      all = [];
    },
  };
}

function newDevice({ id, device, sinceMs, addresses }: OwnSession): NewDevice {
  const { name, system, appVersion } = device;
  return { id, name, system, appVersion, sinceMs, address: addresses[0] ?? null };
}
