import { version } from '../../shared/version.ts';
import { appCore } from '../app-link/shared-core.ts';
import { type AppConversation, findApp } from '../app-link/call-app.ts';
import { linkPlace } from '../app-link/link-place.ts';
import { chosenProfile } from './chosen-profile.ts';
import {
  choiceOf,
  type CommandContext,
  type GlobalOptions,
  type SharedContext,
  untilInterrupted,
  withCore,
} from './command-context.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What a command works with that goes through the running app. */
export interface AppContext extends SharedContext {
  readonly app: AppConversation;
}

/** Whether this command has a state of its own, which is none of the app's. */
function isByItself(global: GlobalOptions): boolean {
  const ownState = global.stateDir !== undefined || Boolean(process.env['CAUSEWAY_STATE_DIR']);
  return global.alone === true || ownState || global.service !== undefined;
}

/** Says in each JSON object that the running app did it. */
function terminalOfApp(terminal: Terminal): Terminal {
  return { ...terminal, result: (object, text) => terminal.result({ ...object, via: 'app' }, text) };
}

async function runningApp(terminal: Terminal): Promise<AppConversation | null> {
  const found = await findApp(linkPlace(), `causeway ${version}`, () =>
    terminal.note('Causeway asks in its window whether the command line may use it.'),
  );
  if (found.status === 'open') return found.app;
  if (found.status === 'refused') terminal.note(`${found.message} So this command works by itself (--alone).`);
  return null;
}

/**
 * Runs a command through the running app, where there is one that lets it and that knows the relay and the account, and says so; else by
 * itself. `own` is what it does by itself where that is something else.
 */
export async function withAppOrCore(
  global: GlobalOptions,
  command: (context: AppContext | CommandContext) => Promise<void>,
): Promise<void> {
  const terminal = createTerminal(global.json ?? false);
  const app = isByItself(global) ? null : await runningApp(terminal);
  if (app === null) return await withCore(global, command);
  const choice = choiceOf(global);
  const core = await appCore(app);
  if (chosenProfile(choice, core.snapshot()) === undefined) {
    app.close();
    return await withCore(global, command);
  }
  terminal.note(`Through Causeway ${app.app}, which is running.`);
  await untilInterrupted(
    (interrupted) => command({ terminal: terminalOfApp(terminal), ...choice, core, interrupted, app }),
    () => app.close(),
  );
}

/** Whether a command goes through the app. */
export function isThroughApp(context: AppContext | CommandContext): context is AppContext {
  return 'app' in context;
}
