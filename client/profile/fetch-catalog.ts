import { type Catalog, catalogSchema } from '../../shared/catalog.ts';
import { catalogPath } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import type { TokenSource } from '../tokens/token-source.ts';
import { askRelay } from './ask-relay.ts';
import { text } from '../../shared/messages/text.ts';

/**
 * Asks the relay which APIs the person may use; with `api`, only for that one.
 * @throws AccessError as `askRelay` does, or `relay-not-causeway`
 */
export async function fetchCatalog(
  relayUrl: string,
  http: HttpClient,
  tokens: TokenSource,
  api?: string,
): Promise<Catalog> {
  const body = await askRelay(relayUrl, http, tokens, {
    path: catalogPath,
    ...(api === undefined ? {} : { query: { api } }),
    about: text('failure.about-apis'),
  });
  const parsed = catalogSchema.safeParse(body);
  if (!parsed.success) throw new AccessError('relay-not-causeway', text('failure.unreadable-catalog'));
  return parsed.data;
}
