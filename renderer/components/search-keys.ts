import { text } from '../../shared/messages/text.ts';
import { bridge } from '../bridge.ts';

/** The keys that lead to a screen's search field, as this system writes them. */
export function searchKeys(): string {
  return bridge().platform === 'darwin' ? '⌘ F' : text('apis.search.keys');
}
