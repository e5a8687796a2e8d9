/** Notices and dialogs of the main process. */
export const main = {
  'main.no-key': '“{api}” needs no access key.',
  'main.no-step-up': 'No rule of “{api}” asks for a fresh sign-in.',
  'main.no-address': '“{api}” isn’t connected, so it has no address to open.',
  'main.no-storage': 'This system offers no encrypted storage for secrets.',
  'main.no-password-manager': 'No password manager (GNOME Keyring or KWallet) was found in this desktop session.',
  'main.kept.unopened': 'in a file that the system’s keychain doesn’t open',
  'main.kept.unusable': 'under the system’s keychain, which can’t be used now',
  'main.no-browser': 'The browser that your organisation has set, {browser}, can’t be started.',
  'main.no-sandbox':
    'The window’s sandbox is off ({option}), so that a faulty page could reach your files. An AppImage is started that way where this Linux lets people make no user namespaces: install the Debian or RPM package instead, or ask IT.',
  'main.cant-start': 'Causeway can’t start',
} as const;
