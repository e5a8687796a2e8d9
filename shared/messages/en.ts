import { provider } from './en/provider.ts';
import { connection } from './en/connection.ts';
import { permission } from './en/permission.ts';
import { callback } from './en/callback.ts';
import { failure } from './en/failure.ts';
import { access } from './en/access.ts';
import { accounts } from './en/accounts.ts';
import { activity } from './en/activity.ts';
import { announce } from './en/announce.ts';
import { api } from './en/api.ts';
import { apis } from './en/apis.ts';
import { app } from './en/app.ts';
import { banner } from './en/banner.ts';
import { cause } from './en/cause.ts';
import { colours } from './en/colours.ts';
import { commandLine } from './en/command-line.ts';
import { diagnostics } from './en/diagnostics.ts';
import { files } from './en/files.ts';
import { freshSignIn } from './en/fresh-sign-in.ts';
import { hop } from './en/hop.ts';
import { sessionNames } from './en/session-names.ts';
import { hints } from './en/hints.ts';
import { link } from './en/link.ts';
import { limits } from './en/limits.ts';
import { locks } from './en/locks.ts';
import { main } from './en/main.ts';
import { managed } from './en/managed.ts';
import { managedKeyTexts } from './en/managed-keys.ts';
import { menu } from './en/menu.ts';
import { notices } from './en/notices.ts';
import { palette } from './en/palette.ts';
import { problem } from './en/problem.ts';
import { problemAction } from './en/problem-action.ts';
import { proxy } from './en/proxy.ts';
import { proxyFailure } from './en/proxy-failure.ts';
import { reason } from './en/reason.ts';
import { relays } from './en/relays.ts';
import { requests } from './en/requests.ts';
import { sessions } from './en/sessions.ts';
import { settings } from './en/settings.ts';
import { shell } from './en/shell.ts';
import { signIn } from './en/sign-in.ts';
import { stepUp } from './en/step-up.ts';
import { tray } from './en/tray.ts';
import { trend } from './en/trend.ts';
import { tunnel } from './en/tunnel.ts';
import { updates } from './en/updates.ts';

/** English, the language that the ids and their arguments are taken from. */
export const en = {
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
