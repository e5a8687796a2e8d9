import { provider } from './de/provider.ts';
import { connection } from './de/connection.ts';
import { permission } from './de/permission.ts';
import { callback } from './de/callback.ts';
import { failure } from './de/failure.ts';
import { access } from './de/access.ts';
import { accounts } from './de/accounts.ts';
import { activity } from './de/activity.ts';
import { announce } from './de/announce.ts';
import { api } from './de/api.ts';
import { apis } from './de/apis.ts';
import { app } from './de/app.ts';
import { banner } from './de/banner.ts';
import { cause } from './de/cause.ts';
import { colours } from './de/colours.ts';
import { commandLine } from './de/command-line.ts';
import { diagnostics } from './de/diagnostics.ts';
import { files } from './de/files.ts';
import { freshSignIn } from './de/fresh-sign-in.ts';
import { hop } from './de/hop.ts';
import { sessionNames } from './de/session-names.ts';
import { hints } from './de/hints.ts';
import { link } from './de/link.ts';
import { limits } from './de/limits.ts';
import { locks } from './de/locks.ts';
import { main } from './de/main.ts';
import { managed } from './de/managed.ts';
import { managedKeyTexts } from './de/managed-keys.ts';
import { menu } from './de/menu.ts';
import { notices } from './de/notices.ts';
import { palette } from './de/palette.ts';
import { problem } from './de/problem.ts';
import { problemAction } from './de/problem-action.ts';
import { proxy } from './de/proxy.ts';
import { proxyFailure } from './de/proxy-failure.ts';
import { reason } from './de/reason.ts';
import { relays } from './de/relays.ts';
import { requests } from './de/requests.ts';
import { sessions } from './de/sessions.ts';
import { settings } from './de/settings.ts';
import { shell } from './de/shell.ts';
import { signIn } from './de/sign-in.ts';
import { stepUp } from './de/step-up.ts';
import { tray } from './de/tray.ts';
import { trend } from './de/trend.ts';
import { tunnel } from './de/tunnel.ts';
import { updates } from './de/updates.ts';

/** German. */
export const de = {
  ...access,
  ...accounts,
  ...activity,
  ...announce,
  ...api,
  ...apis,
  ...app,
  ...banner,
  ...cause,
  ...colours,
  ...commandLine,
  ...diagnostics,
  ...files,
  ...freshSignIn,
  ...hop,
  ...limits,
  ...hints,
  ...sessionNames,
  ...link,
  ...locks,
  ...main,
  ...managed,
  ...managedKeyTexts,
  ...menu,
  ...notices,
  ...palette,
  ...problem,
  ...problemAction,
  ...proxy,
  ...proxyFailure,
  ...reason,
  ...relays,
  ...requests,
  ...sessions,
  ...settings,
  ...shell,
  ...signIn,
  ...stepUp,
  ...tray,
  ...trend,
  ...tunnel,
  ...updates,
  ...failure,
  ...callback,
  ...permission,
  ...connection,
  ...provider,
} as const;
