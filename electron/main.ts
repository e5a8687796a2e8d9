import { mkdirSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { app, clipboard, dialog, nativeTheme, powerMonitor } from 'electron';
import { createClientCore } from '../client/core/create-client-core.ts';
import { readNamedCertificate } from '../client/network/client-certificate.ts';
import { readWaitMs } from '../client/tunnel/wait-setting.ts';
import { keptPolicyFile, keptPolicyName } from '../client/managed/kept-policy.ts';
import { openManagedSettings } from '../client/managed/open-managed-settings.ts';
import { systemPolicyReader } from '../client/managed/system-policy.ts';
import { linkPlace, linkPlaceIn } from '../client/app-link/link-place.ts';
import type { AppLink } from '../client/app-link/serve-app.ts';
import { firstHints, isFirstSignIn } from '../shared/first-hints.ts';
import { lockOf } from '../shared/managed/managed-settings.ts';
import { managedValue } from '../shared/managed/managed-state.ts';
import type { Place } from '../shared/ipc.ts';
import type { Snapshot } from '../shared/snapshot.ts';
import type { Notice } from '../shared/notice.ts';
import { noticeAction } from '../shared/notice-action.ts';
import { readBuildSignature } from './build-signature.ts';
import { openCommandOnPath } from './command-on-path.ts';
import { demandSandbox } from './demand-sandbox.ts';
import { describeDevice } from './device.ts';
import { readAuthorities, readStartEnvironment } from './environment.ts';
import { offerAppLink } from './offer-app-link.ts';
import { createIpcRouter } from './ipc-router.ts';
import { createKnownOrigins, networkHosts } from './known-origins.ts';
import { openNoticeCentre } from './notice-centre.ts';
import { createRequestHandlers } from './request-handlers.ts';
import { installAppMenu } from './shell/app-menu.ts';
import { declareAppScheme, serveAppFiles } from './shell/app-scheme.ts';
import { keepCrashFiles, openCrashKeeper } from './shell/crash-files.ts';
import { watchDeepLinks } from './shell/deep-links.ts';
import { askConsent } from './shell/ask-consent.ts';
import { answerRequests } from './shell/ipc.ts';
import { createMainWindow } from './shell/main-window.ts';
import { showNotice } from './shell/notices.ts';
import { createExternalDoor } from './shell/open-external.ts';
import { waitBeforeQuit } from './shell/quitting.ts';
import { openRemembered } from './shell/remembered.ts';
import { saveTextFile } from './shell/save-file.ts';
import { openSecrets } from './shell/secrets.ts';
import { confineContents, denyPermissions } from './shell/session-guards.ts';
import { reloadSystemProxy, systemProxyFor } from './shell/system-proxy.ts';
import { createSystemSettings } from './shell/system-settings.ts';
import { createTray } from './shell/tray.ts';
import { followLogLevel, keepLogIn, log } from './log.ts';
import { logFolder, openLogFile } from './log-file.ts';
import { signOutOnLock } from './sign-out-on-lock.ts';
import { startUpdates } from './start-updates.ts';
import { updateBuild } from './update-build.ts';
import { updatePolicy, updateWishes } from './update-policy.ts';
import { createUpdateInstaller } from './shell/update-installer.ts';
import { createStateFeed } from './state-feed.ts';
import { closingNotice, hasJustSignedIn, hasJustSignedOut, headNotice, systemNotice } from './system-notice.ts';
import { trayModel } from './tray-model.ts';
import { localeFor, setLocale } from '../shared/messages/language.ts';
import { text } from '../shared/messages/text.ts';

const quitTimeoutMs = 8_000;
/** Notices name people, APIs and reasons: they are kept like secrets. */
const noticesName = 'notices';

const environment = readStartEnvironment(process.env, process.argv);
app.setName('Causeway');
if (environment.userDataDir !== undefined) app.setPath('userData', environment.userDataDir);
const logs = environment.userDataDir === undefined ? logFolder() : join(environment.userDataDir, 'logs');
keepLogIn(openLogFile(logs));
keepCrashFiles();
app.enableSandbox();
declareAppScheme();
confineContents();

// Not awaited: Electron becomes ready only once this module has been evaluated.
if (app.requestSingleInstanceLock()) app.whenReady().then(boot).catch(failToStart);
else app.quit();

/** Says why the app can't start and ends it: an app that half runs would only seem to work. */
function failToStart(cause: unknown): void {
  log.fatal({ err: cause }, 'the app can’t start');
  dialog.showErrorBox(text('main.cant-start'), cause instanceof Error ? cause.message : String(cause));
  app.exit(1);
}

/** Everything that the app starts, in order. */
async function boot(): Promise<void> {
  setLocale(localeFor('system', app.getPreferredSystemLanguages()));
  if (app.isPackaged) demandSandbox((name) => app.commandLine.hasSwitch(name));
  const folder = app.getPath('userData');
  const stateDir = join(folder, 'client');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const devTools = !app.isPackaged;

  denyPermissions();
  serveAppFiles(join(import.meta.dirname, '../renderer/main_window'));
  app.setAppUserModelId('io.causeway.desktop');

  const managed = await openManagedSettings(await systemPolicyReader(), {
    kept: keptPolicyFile(join(stateDir, keptPolicyName)),
  });
  followLogLevel(managed.current());
  managed.watch(followLogLevel);

  const remembered = openRemembered(folder);
  const secrets = await openSecrets(join(folder, 'secrets.json'), (name, cause) =>
    log.warn({ name, err: cause }, 'a kept secret can’t be decrypted and counts as absent'),
  );

  const known = createKnownOrigins(remembered.origins(), remembered.setOrigins);
  const openExternal = createExternalDoor(
    () => {
      known.learn(core.snapshot());
      return known.origins;
    },
    () => networkHosts(core.snapshot()),
    () => managedValue(managed.current(), 'externalBrowser'),
  );

  const { certificateFile, certificateKeyFile } = environment;
  const clientCertificate = await readNamedCertificate(certificateFile, certificateKeyFile);
  const waitForTunnelMs = readWaitMs(process.env);
  const crashes = openCrashKeeper();
  const core = createClientCore({
    appVersion: app.getVersion(),
    signature: await readBuildSignature(app.getAppPath()),
    files: () => ({ logs, crashes: crashes.current() }),
    device: describeDevice({
      hostname: hostname(),
      platform: process.platform,
      release: release(),
      givenName: environment.deviceName,
    }),
    stateDir,
    secrets,
    state: remembered.state,
    openBrowser: openExternal,
    resolveProxy: systemProxyFor,
    managed,
    ...(environment.suggestedRelayUrl === undefined ? {} : { suggestedRelayUrl: environment.suggestedRelayUrl }),
    ca: readAuthorities(environment.caFile),
    ...(clientCertificate === null ? {} : { clientCertificate }),
    ...(waitForTunnelMs === undefined ? {} : { waitForTunnelMs }),
  });

  const report = (work: Promise<unknown>): void => {
    work.catch((cause: unknown) => log.error({ err: cause }, 'a request of the shell failed'));
  };
  const window = createMainWindow({
    preload: join(import.meta.dirname, 'preload.cjs'),
    devTools,
    rememberedPlace: remembered.windowPlace,
    rememberPlace: remembered.setWindowPlace,
    keepsRunning: () => core.snapshot().settings.keepRunningWhenClosed,
    didHide: () => {
      if (core.snapshot().settings.toldAboutClosing) return;
      report(core.setSettings({ toldAboutClosing: true }));
      showNotice(closingNotice(), open);
    },
    didClose: () => app.quit(),
  });
  const open = (): void => report(window.open());

  let isWindowSeen = false;
  let didChangeUpdate = (): void => undefined;
  let closeApp = (): Promise<void> => Promise.resolve();
  const updates = await startUpdates({
    appVersion: app.getVersion(),
    isPackaged: app.isPackaged,
    userData: folder,
    build: updateBuild(),
    policy: updatePolicy(updateWishes(process.env, managed.current())),
    http: core.anonymousHttp(),
    isUnwatched: () => !isWindowSeen,
    installer: (by) =>
      createUpdateInstaller({
        by,
        folder: join(folder, 'updates', 'installing'),
        publishers: updateBuild().publishers,
        closeApp: () => closeApp(),
      }),
    onChange: () => didChangeUpdate(),
  });
  managed.watch((state) => updates.followPolicy(updatePolicy(updateWishes(process.env, state))));
  const commandLine = openCommandOnPath({
    platform: process.platform,
    isPackaged: app.isPackaged,
    resources: process.resourcesPath,
    onChange: () => feed.didChange(),
    onProblem: (err, words) => log.warn({ err }, words),
  });
  /** The core’s state with what is known of updates and of the command line, as the window and the tray show it. */
  const whole = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    appUpdate: updates.current(),
    ...(commandLine === null ? {} : { commandLink: commandLine.current() }),
  });

  const feed = createStateFeed({
    snapshot: () => whole(core.snapshot()),
    send: (step) => window.send('state:did-change', step),
  });
  let showsActivity = false;
  // Until a page says that it can be seen.
  core.watchRates(false);

  const notices = await openNoticeCentre({
    place: {
      read: () => secrets.get(noticesName),
      write: (kept) => secrets.set(noticesName, kept),
      delete: () => secrets.delete(noticesName),
    },
    now: Date.now,
    onNew: (fresh) => {
      const shown = systemNotice(fresh, process.platform);
      const head = headNotice(fresh);
      if (shown !== null && head !== undefined) showNotice(shown, () => follow(head));
    },
    onChange: (kept) => window.send('notices:did-change', kept),
    onUnkept: (err) => log.warn({ err }, 'notices can’t be kept over restarts now'),
  });
  const follow = (notice: Notice): void => {
    notices.markRead([notice.id]);
    const action = noticeAction(notice);
    // Signing in opens the browser: the person says so in the window.
    if (action.type === 'sign-in') show({ show: 'notices' });
    else show(action.place);
  };

  answerRequests(
    createIpcRouter({
      handlers: createRequestHandlers(core, {
        openExternal,
        readState: () => feed.read(),
        watch: ({ visible, activity }) => {
          isWindowSeen = visible;
          showsActivity = visible && activity;
          core.watchRates(visible);
          feed.watch(visible);
          if (visible) commandLine?.look();
        },
        notices,
        updates,
        commandLine,
        writeClipboard: (text) => clipboard.writeText(text),
        saveTextFile,
      }),
      now: Date.now,
      didRefuse: (refusal) => log.warn(refusal, 'refused a message from a page'),
    }),
  );

  const show = (place: Place): void => report(window.open().then(() => window.send('app:did-request', place)));
  const tray = createTray(join(import.meta.dirname, 'icons'), {
    open,
    toggle: ({ profileId, api, on }) => report(on ? core.disconnect(profileId, api) : core.connect(profileId, api)),
    connectAll: (profileId, apis) => {
      for (const api of apis) report(core.connect(profileId, api));
    },
    copy: (address) => report(clipboard.writeText(address)),
    pause: (profileId) => report(core.pause(profileId)),
    resume: (profileId) => report(core.resume(profileId)),
    signIn: (profileId) => {
      core.selectProfile(profileId);
      const relayUrl = core.snapshot().profiles.find(({ id }) => id === profileId)?.relayUrl;
      if (relayUrl !== undefined) report(core.signIn(relayUrl, { profileId }));
      open();
    },
    restartForUpdate: () => report(updates.restart()),
    downloadUpdate: () => report(updates.download()),
    quit: () => app.quit(),
  });

  // The menu is made anew in each language; all else follows the state.
  const applySettings = createSystemSettings(
    () => installAppMenu({ show: (place) => show({ show: place }), quit: () => app.quit(), devTools }),
    environment.userDataDir,
  );
  const isManaged = (setting: 'startAtLogin'): boolean => lockOf(managed.current(), setting) !== null;
  let last = core.snapshot();
  applySettings(last.settings, isManaged);
  tray.show(trayModel(whole(last)));
  notices.observe(whole(last));
  updates.observe(last);
  core.watch((snapshot) => {
    if (hasJustSignedIn(last, snapshot)) open();
    if (hasJustSignedOut(last, snapshot)) crashes.forget();
    if (isFirstSignIn(last, snapshot)) report(core.setSettings({ hints: [...firstHints] }));
    last = snapshot;
    known.learn(snapshot);
    applySettings(snapshot.settings, isManaged);
    tray.show(trayModel(whole(snapshot)));
    feed.didChange();
    notices.observe(whole(snapshot));
    updates.observe(snapshot);
  });
  didChangeUpdate = () => {
    tray.show(trayModel(whole(last)));
    feed.didChange();
    notices.observe(whole(last));
  };
  core.watchActivity((profileId, added) => {
    if (showsActivity) window.send('activity:did-append', { profileId, added });
    for (const { api, reason, connections } of added.entries) {
      if (connections !== undefined) log.warn({ api, reason, connections }, 'local connections were turned away');
    }
  });
  nativeTheme.on('updated', () => window.followTheme());

  powerMonitor.on('resume', () => report(reloadSystemProxy().then(() => core.checkNow())));
  powerMonitor.on('lock-screen', () => report(signOutOnLock(core, managed.current())));
  powerMonitor.on('unlock-screen', () => core.checkNow());
  app.on('activate', open);
  // Quitting is decided when the window closes; the default of quitting with the last window would undo that.
  app.on('window-all-closed', () => {});
  let link: AppLink | null = null;
  closeApp = waitBeforeQuit(async () => {
    window.release();
    feed.close();
    await link?.close();
    await updates.close();
    await core.close();
    await notices.close();
    managed.close();
    tray.close();
    await updates.quit();
  }, quitTimeoutMs);
  watchDeepLinks(process.argv, (link) => {
    if (link?.status === 'sign-in') core.suggestRelay(link.relayUrl);
    if (link === null) open();
    else show(link.status === 'sign-in' ? { show: 'sign-in' } : link.place);
  });

  link = await offerAppLink({
    core,
    place: environment.userDataDir === undefined ? linkPlace() : linkPlaceIn(environment.userDataDir),
    appVersion: app.getVersion(),
    appUpdate: () => updates.current(),
    ask: askConsent,
  });

  if (!environment.hidden) open();
  await core.start();
}
