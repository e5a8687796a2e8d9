import { type AppLink, type AskingProgram, serveApp } from '../client/app-link/serve-app.ts';
import type { AppUpdate } from '../shared/app-update.ts';
import type { ClientCore } from '../client/core/client-core.ts';
import { canListenAt } from '../client/listeners/unix-listener.ts';
import { lockOf } from '../shared/managed/managed-settings.ts';
import { nothingManaged } from '../shared/managed/managed-state.ts';
import { log } from './log.ts';

/**
 * Offers the app to other programs of the person, who is asked once and can change the answer in Settings. An app that
 * can't offer itself, for example because another one already does, runs without; null then.
 */
export async function offerAppLink(options: {
  readonly core: ClientCore;
  readonly place: string;
  readonly appVersion: string;
  readonly appUpdate: () => AppUpdate;
  readonly ask: (program: AskingProgram) => Promise<boolean>;
}): Promise<AppLink | null> {
  const { core, place, appVersion, appUpdate } = options;
  if (process.platform !== 'win32' && !canListenAt(place)) return null;
  try {
    return await serveApp({
      core,
      place,
      appVersion,
      appUpdate,
      now: Date.now,
      consent: () => {
        const { otherPrograms } = core.snapshot().settings;
        return otherPrograms === 'ask' ? 'unasked' : otherPrograms === 'allow' ? 'allowed' : 'refused';
      },
      ask: async (program) => {
        const allowed = await options.ask(program);
        // Where IT has the person asked, the answer holds for this program only.
        if (lockOf(core.snapshot().managed ?? nothingManaged, 'otherPrograms') === null)
          await core.setSettings({ otherPrograms: allowed ? 'allow' : 'refuse' });
        return allowed;
      },
      didRefuse: (refusal, program) => log.warn({ refusal, program }, 'refused another program'),
    });
  } catch (err) {
    log.warn({ err }, 'other programs can’t use this app');
    return null;
  }
}
