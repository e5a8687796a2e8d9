// Whether the relay that keeps its data in a folder answers: asks it over its socket there. Exit code 0 or 1.
import { get } from 'node:http';
import { join } from 'node:path';

const [folder = '/var/lib/causeway'] = process.argv.slice(2);
const asked = get({ socketPath: join(folder, 'admin.sock'), path: '/healthz', timeout: 4000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
asked.on('timeout', () => process.exit(1));
asked.on('error', () => process.exit(1));
