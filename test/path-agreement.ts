import { parseArgs } from 'node:util';
import { runPathAgreement } from './relay/pipeline/run-path-agreement.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now()) } },
});
const result = await runPathAgreement({ requests: Number(values.requests), seed: Number(values.seed) });
process.stdout.write(`${JSON.stringify({ bench: 'path-agreement', seed: Number(values.seed), ...result })}\n`);
process.exitCode = result.disagreements.length === 0 ? 0 : 1;
