import { AccessError } from '../../shared/errors.ts';
import { type ServiceCredentials, textFile } from '../services/service-credentials.ts';

/** What the command line says of a service; the environment can say the same. */
export interface ServiceOptions {
  readonly clientCredentials?: boolean;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly clientKey?: string;
  readonly clientAssertionFile?: string;
  readonly tokenFile?: string;
  readonly scope?: string;
}

/**
 * The credentials of a service; null when a person is to sign in. Exactly one kind may be given; no secret is taken
 * from the command line, where other users could see it.
 * @throws AccessError `bad-input`
 */
export function serviceCredentials(
  options: ServiceOptions,
  environment: Readonly<Record<string, string | undefined>>,
): ServiceCredentials | null {
  const { tokenFile } = options;
  if (tokenFile !== undefined) {
    if (options.clientCredentials) throw new AccessError('bad-input', 'Either --token-file or --client-credentials.');
    return { type: 'token', read: textFile(tokenFile, 'token') };
  }
  if (options.clientCredentials !== true) return null;
  const clientId = options.clientId ?? environment['CAUSEWAY_CLIENT_ID'];
  if (!clientId) {
    throw new AccessError('bad-input', 'Which client? Name it with --client-id or CAUSEWAY_CLIENT_ID.');
  }
  const common = { clientId, ...(options.scope === undefined ? {} : { scope: options.scope }) };
  const secret = environment['CAUSEWAY_CLIENT_SECRET'];
  const { clientSecretFile, clientKey, clientAssertionFile } = options;
  const found: ServiceCredentials[] = [
    ...(clientKey === undefined
      ? []
      : [{ ...common, type: 'client-key' as const, read: textFile(clientKey, 'secret') }]),
    ...(clientAssertionFile === undefined
      ? []
      : [{ ...common, type: 'client-assertion' as const, read: textFile(clientAssertionFile, 'token') }]),
    ...(clientSecretFile === undefined
      ? []
      : [{ ...common, type: 'client-secret' as const, read: textFile(clientSecretFile, 'secret') }]),
    ...(secret ? [{ ...common, type: 'client-secret' as const, read: async () => secret }] : []),
  ];
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  throw new AccessError(
    'bad-input',
    'The client needs exactly one of --client-secret-file (or CAUSEWAY_CLIENT_SECRET), --client-key and ' +
      '--client-assertion-file.',
  );
}
