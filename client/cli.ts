import { join, resolve } from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { activity, type ActivityOptions } from './cli/activity.ts';
import { apis } from './cli/apis.ts';
import { type CommandContext, type GlobalOptions, withCore } from './cli/command-context.ts';
import { approvals, type ApprovalsOptions } from './cli/approvals.ts';
import { connect, type ConnectOptions } from './cli/connect.ts';
import { connectInApp } from './cli/connect-in-app.ts';
import { disconnect } from './cli/disconnect.ts';
import { doctor } from './cli/doctor.ts';
import { exitCodeOf, exitCodes } from './cli/exit-codes.ts';
import { favourites } from './cli/favourites.ts';
import { login } from './cli/login.ts';
import { logout } from './cli/logout.ts';
import { policy } from './cli/policy.ts';
import { ProblemShown } from './cli/problem-shown.ts';
import { requestAccess, type RequestAccessOptions } from './cli/request-access.ts';
import { serviceCredentials, type ServiceOptions } from './cli/service-options.ts';
import { sessions, type SessionsOptions } from './cli/sessions.ts';
import { status } from './cli/status.ts';
import { stepUp } from './cli/step-up.ts';
import { defaultStateDir, stateFile } from './cli/state-file.ts';
import { updateStatus } from './cli/update-status.ts';
import { createTerminal, problemOf } from './cli/terminal.ts';
import { terminalLocale } from './cli/terminal-language.ts';
import { type AppContext, isThroughApp, withAppOrCore } from './cli/with-app.ts';
import { keptPolicyFile, keptPolicyName } from './managed/kept-policy.ts';
import { systemPolicyReader } from './managed/system-policy.ts';
import { changePath, type PathChange, pathChanges } from './path-entry/change-path.ts';
import { openPathStore, type PathScope, pathScopes } from './path-entry/environment-key.ts';
import { setLocale } from '../shared/messages/language.ts';
import { tunnelProtocol } from '../shared/tunnel/protocol.ts';
import { version } from '../shared/version.ts';
import { bodyGarbage } from './tunnel/body-garbage.ts';

bodyGarbage.freeEarly();

const program = new Command('causeway')
  .description('One-click access to internal APIs, without a VPN')
  .version(`${version} (speaks ${tunnelProtocol}, as the relay must)`)
  .option('--relay <address>', 'the relay, when there are several (or CAUSEWAY_RELAY)')
  .option('--account <name>', 'the account, when there are several at one relay (or CAUSEWAY_ACCOUNT)')
  .option('--json', 'write one JSON object a line')
  .option('--no-browser', 'print the address to open instead of opening it')
  .option('--state-dir <folder>', 'where settings and secrets are kept (or CAUSEWAY_STATE_DIR)')
  .option('--alone', 'work by itself, not through the running app')
  .option('--ca <file>', 'PEM file with extra certificate authorities')
  .option('--client-certificate <file>', 'PEM file with a certificate to which tokens are bound')
  .option('--client-certificate-key <file>', 'PEM file with its key')
  .showHelpAfterError()
  .exitOverride()
  .hook('preAction', (_program, action) => setLocale(terminalLocale(process.env, globals(action).json ?? false)));

/** The options that every command takes may stand before or after its name. */
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json', 'write one JSON object a line')
    .option('--no-browser', 'print the address to open instead of opening it')
    .option('--relay <address>', 'the relay, when there are several')
    .option('--account <name>', 'the account, when there are several at one relay')
    .option('--state-dir <folder>', 'where settings and secrets are kept')
    .option('--alone', 'work by itself, not through the running app')
    .option('--ca <file>', 'PEM file with extra certificate authorities')
    .option('--client-certificate <file>', 'PEM file with a certificate to which tokens are bound')
    .option('--client-certificate-key <file>', 'PEM file with its key');
}

/** Commands that sign in take how. */
function withSignIn(of: Command): Command {
  return of
    .option('--issuer <name>', 'the sign-in service, where the relay takes several')
    .option('--device', 'sign in on another device, with a code')
    .option('--break-glass', 'sign in by an account of the relay’s own, when company sign-in is down');
}

function globals(of: Command): GlobalOptions {
  const own = of.opts<GlobalOptions>();
  const outer = program.opts<GlobalOptions>();
  return { ...outer, ...own, browser: own.browser && outer.browser };
}

/** Through the running app, where there is one; else by itself. */
function runShared(of: Command, work: (context: AppContext | CommandContext) => Promise<void>): Promise<void> {
  return withAppOrCore(globals(of), work);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A number of requests.');
  return value;
}

function run(of: Command, work: (context: CommandContext) => Promise<void>): Promise<void> {
  return withCore(globals(of), work);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('A number of seconds.');
  return value;
}

function hours(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 8760)) throw new InvalidArgumentError('A number of hours.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1024 || value > 65535) throw new InvalidArgumentError('1024 to 65535.');
  return value;
}

withSignIn(command('login', 'sign in at a relay, in your browser'))
  .argument('[relay]', 'address of the relay')
  .action((relay: string | undefined, _options: unknown, self: Command) =>
    run(self, (context) => login(context, relay)),
  );
command('logout', 'end the sign-in and forget its secrets').action((_options: unknown, self: Command) =>
  run(self, logout),
);
command('status', 'show who is signed in, and where').action((_options: unknown, self: Command) =>
  runShared(self, status),
);
command('apis', 'list the APIs that the relay knows for you').action((_options: unknown, self: Command) =>
  runShared(self, apis),
);
command('sessions', 'list your sessions on all devices, end them, or name the devices')
  .argument('[action]', '“end”, to end a session, “rename”, to name its device')
  .argument('[id]', 'the session')
  .argument('[name]', 'with “rename”: the device’s name; "" for its own')
  .option('--others', 'end all but this one')
  .action(
    (
      action: string | undefined,
      id: string | undefined,
      name: string | undefined,
      options: SessionsOptions,
      self: Command,
    ) => runShared(self, (context) => sessions(context, action, id, name, options)),
  );
command('request-access', 'ask the approvers for a role, at an API or at all')
  .argument('[api]', 'name as “causeway apis” lists it')
  .requiredOption('--reason <text>', 'why, for those who decide')
  .option('--role <role>', 'which role; needed where the API offers several')
  .option('--hours <hours>', 'for how long; default what is granted at most', hours)
  .option('--all', 'for a role that counts at every API')
  .action((api: string | undefined, options: RequestAccessOptions, self: Command) =>
    runShared(self, (context) => requestAccess(context, api, options)),
  );
command('approvals', 'list requests for access that wait for you, or decide on them')
  .argument('[action]', '“approve”, “refuse” or “end”')
  .argument('[id]', 'the request')
  .option('--note <text>', 'what the requester is told')
  .option('--hours <hours>', 'approve for less than was asked for', hours)
  .action((action: string | undefined, id: string | undefined, options: ApprovalsOptions, self: Command) =>
    runShared(self, (context) => approvals(context, action, id, options)),
  );
command('favourites', 'list your favourites, or change them')
  .argument('[action]', '“add” or “remove”')
  .argument('[api]', 'name as “causeway apis” lists it')
  .action((action: string | undefined, api: string | undefined, _options: unknown, self: Command) =>
    runShared(self, (context) => favourites(context, action, api)),
  );
command('activity', 'show your last requests')
  .option('--api <api>', 'only those of one API')
  .option('--denied', 'only those that were denied')
  .option('--last <count>', 'how many; default 50', count)
  .action((options: ActivityOptions, self: Command) => runShared(self, (context) => activity(context, options)));
command('disconnect', 'switch APIs off in the running app')
  .argument('[apis...]', 'names as “causeway apis” lists them')
  .option('--all', 'every API that is on')
  .action((names: string[], options: { all?: boolean }, self: Command) =>
    runShared(self, (context) => disconnect(context, names, options)),
  );
withSignIn(command('connect', 'make APIs reachable at local addresses until Ctrl+C'))
  .argument('[apis...]', 'names as “causeway apis” lists them')
  .option('--all', 'every API that is open to you')
  .option('--port <port>', 'pin the local port of the one API that is named', port)
  .option('--client-credentials', 'a service signs itself in, without a person')
  .option('--client-id <id>', 'the service’s client (or CAUSEWAY_CLIENT_ID)')
  .option('--client-secret-file <file>', 'its secret (or CAUSEWAY_CLIENT_SECRET)')
  .option('--client-key <file>', 'its private key, PEM or JWK, in place of a secret')
  .option('--client-assertion-file <file>', 'a workload’s JWT in place of a secret')
  .option('--scope <scopes>', 'scopes to ask for')
  .option('--token-file <file>', 'a workload’s JWT that the relay itself takes')
  .option('--access-key', 'requests to the ports must carry a key, which is shown')
  .option('--no-access-key', 'requests to the ports need no key any more')
  .action((names: string[], options: ConnectOptions & ServiceOptions, self: Command) => {
    const service = serviceCredentials(options, process.env);
    const all = service === null ? globals(self) : { ...globals(self), service };
    return withAppOrCore(all, (context) =>
      isThroughApp(context) ? connectInApp(context, names, options) : connect(context, names, options),
    );
  });
command('step-up', 'sign in afresh, for a request that asks for it')
  .option('--max-age <seconds>', 'how old the sign-in may be; default 0: made just now', seconds)
  .option('--acr <values...>', 'ways of signing in of which any one will do, as the sign-in service names them')
  .action((options: { maxAge?: number; acr?: string[] }, self: Command) =>
    run(self, (context) => stepUp(context, options)),
  );
command('update', 'show what the desktop app knows of updates')
  .argument('<action>', '“status”')
  .action((action: string, _options: unknown, self: Command) => updateStatus(action, globals(self)));
command('doctor', 'check each step between here and the APIs')
  .argument('[relay]', 'address of the relay; without it, the one of last time')
  .action((relay: string | undefined, _options: unknown, self: Command) =>
    run(self, (context) => doctor(context, relay)),
  );

// For the installer for Windows, and for nobody’s eyes.
program
  .command('path-entry', { hidden: true })
  .addArgument(new Argument('<change>').choices(pathChanges))
  .addArgument(new Argument('<scope>').choices(pathScopes))
  .argument('<folder>')
  .action(async (change: PathChange, scope: PathScope, folder: string) => {
    if (process.platform !== 'win32') program.error('error: only Windows keeps PATH in its registry');
    changePath(await openPathStore(scope), change, folder);
  });

command('policy', 'show what IT has set on this computer, and what of it can’t be used')
  .argument('<action>', '“show”')
  .action(async (action: string, _options: unknown, self: Command) => {
    const { json = false, stateDir } = globals(self);
    const terminal = createTerminal(json);
    const folder = resolve(stateDir ?? defaultStateDir());
    const state = stateFile(folder, (why) => terminal.note(why));
    const kept = keptPolicyFile(join(folder, keptPolicyName));
    await policy({ terminal, reader: await systemPolicyReader(), state, kept, environment: process.env }, action);
  });

let unread = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (unread) return;
  unread = true;
  // A reader that goes away, as in `causeway connect | head`, ends the command quietly; so does a terminal (EIO).
  if (error.code !== 'EPIPE' && error.code !== 'EIO') {
    process.exitCode = exitCodes.failed;
    createTerminal(false).note(`The output can’t be written: ${error.message}.`);
  }
  // Where nobody listens any more, the command is at its end already.
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
});
// Remarks that nobody reads are no reason to end connections.
process.stderr.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else if (!unread) {
    const problem = error instanceof ProblemShown ? error.problem : problemOf(error);
    createTerminal(process.argv.includes('--json')).problem(problem);
    process.exitCode = exitCodeOf(problem.code);
  }
}
