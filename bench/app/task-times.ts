import type { Browser, Page } from 'playwright';

/** What a page's main thread had to do while something went on, milliseconds of CPU time. */
export interface TaskTimes {
  readonly worstTaskMs: number;
  readonly cpuMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU time of the thread, microseconds; the wall's time would count what other programs of the computer do. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const categories = ['toplevel', 'disabled-by-default-devtools.timeline'];

/** Runs `work` under Chromium's trace and reads from it how long the page's tasks took. */
export async function traceTasks(browser: Browser, page: Page, work: () => Promise<void>): Promise<TaskTimes> {
  await browser.startTracing(page, { categories });
  try {
    await work();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents
    .filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && threads.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000);
  if (tasks.length === 0) throw new Error('Chromium’s trace tells no task of the page.');
  return { worstTaskMs: Math.max(...tasks), cpuMs: tasks.reduce((sum, each) => sum + each, 0) };
}
