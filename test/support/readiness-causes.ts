import { request } from 'node:http';
import { join } from 'node:path';
import { adminSocketName } from '../../relay/admin/admin-socket.ts';

/** What keeps a relay from being ready, as its operators are told at the socket in its data folder. */
export function readinessCauses(dataDir: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: join(dataDir, adminSocketName), path: '/readyz' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve((JSON.parse(body) as { problems: string[] }).problems));
    });
    sent.once('error', reject);
    sent.end();
  });
}
