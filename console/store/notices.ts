import { create } from 'zustand';
import type { UserProblem } from '../../shared/errors.ts';
import type { Notice } from '../../ui/components/notices.tsx';

interface NoticeState {
  readonly notices: readonly Notice[];
  readonly lastId: number;
}

export const useNotices = create<NoticeState>()(() => ({ notices: [], lastId: 0 }));

/** Shows a short message; the newest three stay. */
export function notify(notice: Omit<Notice, 'id'>): void {
  useNotices.setState(({ notices, lastId }) => ({
    notices: [...notices, { ...notice, id: lastId + 1 }].slice(-3),
    lastId: lastId + 1,
  }));
}

/** Shows a failure as a short message: what happened and what to do. */
export function notifyProblem({ title, detail, hint }: UserProblem): void {
  notify({ tone: 'problem', title, text: `${detail} ${hint}` });
}

/** Takes a message away. */
export function closeNotice(id: number): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

/** Copies into the clipboard of the system; says so when the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    notify({
      tone: 'problem',
      title: 'It wasn’t copied',
      text: `The browser refused: ${why} Select the text and copy it.`,
    });
    return false;
  }
}
