import type { Config } from '../config/config-schema.ts';
import type { NoticeLinks } from './notice-text.ts';

/** What telling people needs of a config. */
export interface NotifySettings {
  readonly config: Pick<Config, 'apis' | 'access_requests' | 'notify'>;
  readonly links: NoticeLinks;
  /** PEM text of authorities by the path of their file. */
  readonly authorities: ReadonlyMap<string, string>;
}
