/** What happened in the single case, under a failure’s title. */
export const failure = {
  'failure.no-issuer': 'The relay names no sign-in service.',
  'failure.unknown-issuer': 'The relay has no sign-in service “{wanted}”. There is: {names}.',
  'failure.no-device-flow':
    '{host} offers no sign-in on another device (RFC 8628). Sign in with a browser on this computer.',
  'failure.code-expired': 'The code has expired before it was entered.',
  'failure.no-certificate': 'If it wants a certificate of this computer: none is set up here for Causeway. Ask IT.',
  'failure.no-emergency': 'This relay has no emergency sign-in (break-glass). Ask IT.',
  'failure.emergency-elsewhere': 'Emergency sign-in works in the browser of this computer only.',
  'failure.late.browser':
    'No answer came from the browser within {minutes, plural, one {# minute} other {# minutes}}. If the page there shows an error about the return (redirect) address, tell IT.',
  'failure.late.code': 'The code wasn’t entered within {minutes, plural, one {# minute} other {# minutes}}.',
  'failure.late.issuer': 'No sign-in service was chosen within {minutes, plural, one {# minute} other {# minutes}}.',
  'failure.too-old': 'This is version {version}; the relay needs {minimum} or newer.',
  'failure.callback-port':
    'The sign-in’s answer can only come to port {ports} of this computer, and other programs use it.',
  'failure.not-revoked.until': 'The sign-in there may last until {end} at most.',
  'failure.not-revoked.open':
    'The sign-in there may last until {host} ends it by itself; what the relay accepts ends at {end} at the latest.',
  'failure.sign-out-later': '{host} couldn’t take the sign-out just now (HTTP {status}).',
  'failure.sign-out-never': '{host} doesn’t let Causeway end a sign-in (HTTP {status}).',
  'failure.port-used': 'Port {port}, for {purpose}, is used by {holder}.',
  'failure.port-forbidden': 'This system doesn’t let Causeway use port {port}.',
  'failure.gateway-purpose': 'addresses like orders.localhost',
  'failure.holder.unknown': 'another program',
  'failure.holder.own': 'Causeway itself',
  'failure.holder': '{name} (process {process})',
  'failure.holder.nameless': 'a program',
  'failure.no-free-port': 'No port from 7101 to 7999 is free.',
  'failure.socket': 'The socket {path} can’t be opened: {why}.',
  'failure.socket-folder': '{folder} isn’t a folder of yours, so no socket is opened there.',
  'failure.socket-there': '{path} is there already and isn’t a socket of yours; it is left alone.',
  'failure.socket-taken': 'Another Causeway listens at {path}.',
  'failure.refused.other-user':
    'Another user of this computer opened it (with sudo, you are one); these addresses are for your own programs.',
  'failure.refused.unknown-owner':
    'This system doesn’t tell whose it was: its program had closed it already, or runs in a container or sandbox. Such a program can use the API’s Unix socket.',
  'failure.refused.no-descriptors':
    'All {limit} files and connections that this system lets Causeway have are in use. Close connections that nothing needs, or raise the limit (ulimit -n).',
  'failure.no-groups': 'The relay sees no group for {name}, so it opens nothing.',
  'failure.no-access': '{name} is in {groups}; none of these opens an API.',
  'failure.port-reserved': 'Port {port} already belongs to another API or to the gateway.',
  'failure.not-offered': '“{issuer}” isn’t one of the sign-in services to choose from.',
  'failure.stopped': 'You stopped it before it was done.',
  'failure.kept': 'It is kept {places}.',
  'failure.kept-unread':
    'A sign-in was kept {places}. Its file is deleted, but without reading it the sign-in service couldn’t be told.',
  'failure.undeleted': 'It couldn’t be deleted: {why}.',
  'failure.kept.undecryptable': 'in a file that can’t be decrypted now',
  'failure.no-renewal': '{host} doesn’t let Causeway renew sign-ins by itself.',
  'failure.ended.reused':
    '{host} ended it, because its refresh token was used in another place too: {words}. If that wasn’t you, tell IT.',
  'failure.ended':
    '{host} ended it: {words}. It ran out, was ended there, or its refresh token was used in another place.',
  'failure.sign-in-held':
    'Another Causeway on this computer has the sign-in in hand and doesn’t let go: it is stopped, or can’t store it.',
  'failure.signed-out-elsewhere': 'You signed out in another Causeway window.',
  'failure.other-person': 'Another person has signed in in another Causeway window.',
  'failure.ended-meanwhile': 'The sign-in ended meanwhile.',
  'failure.no-id-token': 'The relay wants an ID token; the sign-in service gave none.',
  'failure.damaged': 'The stored sign-in is damaged. Sign in again.',
  'failure.unbound': 'The relay wants tokens bound by DPoP; the sign-in service gave none.',
  'failure.issuer-http': '{host} must use https; plain http is only for this computer.',
  'failure.issuer-other': 'The relay names “{wanted}”, but the sign-in service there calls itself “{found}”.',
  'failure.issuer-form': '{host} gives “{name}” in a form that it can’t have.',
  'failure.issuer-endpoints': '{host} names no authorization or token endpoint.',
  'failure.issuer-plain': '{host} names an endpoint without https: {endpoint}.',
  'failure.issuer-pkce': '{host} offers only “{methods}” for PKCE; Causeway needs S256 (RFC 7636).',
  'failure.issuer-dpop':
    'The relay wants tokens bound by DPoP (RFC 9449), but {host} offers none that Causeway can make.',
  'failure.no-profile': 'There is no profile “{profile}”.',
  'failure.setting': 'That setting has a value that it can’t take.',
  'failure.unreadable': 'The relay’s answer can’t be read.',
  'failure.unreadable-catalog': 'The relay’s list of APIs can’t be read.',
  'failure.other-account': 'That was another person’s sign-in. Sign in with the account in use here.',
  'failure.nobody': 'Nobody is signed in here.',
  'failure.no-step-up': 'Nothing asks for a fresh sign-in now.',
} as const;
