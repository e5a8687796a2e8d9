import { once } from 'node:events';
import { stateFile } from '../../../client/cli/state-file.ts';

// Run as a process of its own: reads the state, says “ready”, and when told “go” saves it with one relay more.
const [stateDir = '', id = ''] = process.argv.slice(2);
const store = stateFile(stateDir, (why) => process.stderr.write(why));
const state = store.load();
const told = once(process, 'message');
process.send?.('ready');
await told;
const fresh = { id, relayUrl: `https://${id}`, relayName: id, ports: {}, favourites: [], connected: [] };
store.save({ ...state, profiles: [...state.profiles, fresh], currentProfileId: id });
process.disconnect?.();
