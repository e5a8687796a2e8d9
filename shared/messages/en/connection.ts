/** Why a connection could not be made, as the end of a sentence. */
export const connection = {
  'connection.self-signed': 'its certificate is self-signed',
  'connection.unknown-authority': 'its certificate comes from an authority that this computer doesn’t know',
  'connection.certificate-expired': 'its certificate has expired',
  'connection.certificate-early': 'its certificate isn’t valid yet (or this computer’s clock is behind)',
  'connection.certificate-name': 'its certificate was made for another name',
  'connection.certificate-revoked': 'its certificate has been revoked',
  'connection.certificate-not-pinned': 'its certificate has none of the keys that your organisation has set',
  'connection.pins-unusable':
    'the keys that your organisation has set for its certificate (certificatePins) can’t be used',
  'connection.certificate-untrusted': 'its certificate isn’t trusted',
  'connection.name-unknown': 'its name is unknown (DNS)',
  'connection.name-service': 'the name service (DNS) doesn’t answer',
  'connection.nothing-listens': 'nothing listens there',
  'connection.cut': 'the connection was cut',
  'connection.no-route': 'there is no network route to it',
  'connection.silent': 'it doesn’t answer',
  'connection.no-descriptor': 'this program has no file descriptor left (see ulimit -n)',
  'connection.no-descriptor-at-all': 'this computer has no file descriptor left',
  'connection.late': 'it doesn’t answer in time',
  'connection.old-tls':
    'only TLS 1.2 or older is spoken there, or by a device in between that opens secure connections; TLS 1.3 is needed',
  'connection.no-tls': 'it doesn’t speak TLS there',
  'connection.own-certificate': 'it doesn’t accept this computer’s certificate',
  'connection.tls': 'TLS failed there',
} as const;
