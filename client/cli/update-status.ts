import type { AppUpdate } from '../../shared/app-update.ts';
import { updateLine, updateNotes } from '../../shared/app-update-text.ts';
import { AccessError } from '../../shared/errors.ts';
import { type AppConversation, findApp } from '../app-link/call-app.ts';
import { linkPlace } from '../app-link/link-place.ts';
import { readUpdateRecord, updatesFolder, usualUserData } from '../updates/update-record.ts';
import { version } from '../../shared/version.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/**
 * `causeway update status`: what the desktop app knows of updates of itself, from the running app, else from what it wrote
 * down last. Exit code 1 when an update was refused. @throws AccessError where there is no app
 */
export async function updateStatus(action: string, options: { readonly json?: boolean }): Promise<void> {
  if (action !== 'status') throw new AccessError('bad-input', 'There is “causeway update status”.');
  const terminal = createTerminal(options.json ?? false);
  const running = await askApp(terminal);
  const known = running ?? (await readUpdateRecord(updatesFolder(usualUserData())))?.last ?? null;
  if (known === null) {
    terminal.result(
      { type: 'update', installed: null, running: false },
      'The desktop app has told nothing of updates here. The command line itself is updated by whoever installed it.',
    );
    return;
  }
  terminal.result({ type: 'update', running: running !== null, ...known }, linesOf(known, running !== null).join('\n'));
  if (known.state.status === 'failed') process.exitCode = 1;
}

function linesOf(known: AppUpdate, isRunning: boolean): readonly string[] {
  const notes = updateNotes(known);
  return [
    `Causeway ${known.installed}, channel ${known.channel}${isRunning ? '' : ' (not running; as it was last)'}`,
    updateLine(known),
    ...(known.state.status === 'failed' ? [`${known.state.reason}: ${known.state.detail}`] : []),
    ...(known.isRequired ? ['A relay doesn’t take this version any more.'] : []),
    ...(known.checkedAtMs === null ? [] : [`Last looked: ${new Date(known.checkedAtMs).toISOString()}`]),
    ...(notes === null ? [] : ['', `What’s new in ${notes.version}:`, notes.notes]),
  ];
}

async function askApp(terminal: Terminal): Promise<AppUpdate | null> {
  const found = await findApp(linkPlace(), `causeway ${version}`, () =>
    terminal.note('Causeway asks in its window whether the command line may use it.'),
  );
  if (found.status === 'refused') terminal.note(`${found.message} So this is what it wrote down last.`);
  if (found.status !== 'open') return null;
  try {
    return await statusOf(found.app);
  } finally {
    found.app.close();
  }
}

async function statusOf(app: AppConversation): Promise<AppUpdate | null> {
  try {
    return await app.call('update-status', {});
  } catch (error) {
    // An older app doesn’t know the question; what it wrote down counts then.
    if (error instanceof AccessError) return null;
    throw error;
  }
}
