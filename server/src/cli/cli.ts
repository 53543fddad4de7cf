import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type Config, ConfigError, parseConfig, readSettings, settings } from '../config/index.ts';
import { StoredConfigurationError } from '../configuration/index.ts';
import { BundledPostgresError, MigrationError } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { SecretKeyError } from '../secrets/index.ts';
import { addBackup, addRestore } from './backup-commands.ts';
import type { DevSeedOptions } from './dev-seed.command.ts';
import type { FsckFlags } from './fsck.command.ts';
import type { ImportFlags } from './import.command.ts';
import { addTke } from './tke-commands.ts';
import type { WithConfig } from './with-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs the command line. Commands are loaded when they run, so that `serve` starts without the
 * others.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for a wrong call or configuration
 */
export async function runCli(argv: readonly string[], environment: Environment): Promise<number> {
  // `berth --help | head` closes the pipe early; that is no failure.
  process.stdout.on('error', ignoreClosedPipe);
  let code = 0;
  const program = createProgram(environment, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** Where blobs are may be said in TKE's file; nobody else waits for the modules that read it. */
async function withStorage(config: Config): Promise<Config> {
  if (config.tkeConfig === undefined) return config;
  const { withTkeStorage } = await import('../open-registry-configuration.ts');
  return withTkeStorage(config);
}

function createProgram(environment: Environment, finish: (code: number) => void): Command {
  const program = new Command('berth')
    .description('Berth, an artifact registry: OCI images, charts and everything else.')
    .option('-c, --config <file>', 'read settings from a YAML file; the environment wins over it')
    .showHelpAfterError('(berth --help shows what there is)')
    .exitOverride()
    .addHelpText(
      'after',
      () => `\nSettings (environment variable, path in the YAML file):\n${settingsHelp()}\n`,
    );
  const withConfig: WithConfig =
    (run) =>
    async (...rest) => {
      const { config: file } = program.opts<{ config?: string }>();
      const config = parseConfig(readSettings(environment, file));
      finish(await run(await withStorage(config), ...rest));
    };
  addServe(program, withConfig);
  addMigrate(program, withConfig);
  addFsck(program, withConfig);
  addImport(program, withConfig);
  addBackup(program, withConfig);
  addRestore(program, withConfig);
  addAdmin(program, withConfig);
  addDev(program, withConfig);
  addTke(program, finish);
  return program;
}

function addServe(program: Command, withConfig: WithConfig): void {
  program
    .command('serve', { isDefault: true })
    .description('run the registry (the default)')
    .action(withConfig(async (config) => (await import('./serve.command.ts')).serve(config)));
}

function addMigrate(program: Command, withConfig: WithConfig): void {
  program
    .command('migrate')
    .description('bring the database schema up to date and stop')
    .option('--check', 'only tell what would be done; exit 1 if anything')
    .action(
      withConfig(async (config, options: { check?: boolean }) =>
        (await import('./migrate.command.ts')).migrateDatabase(config, options.check ?? false),
      ),
    );
}

function addFsck(program: Command, withConfig: WithConfig): void {
  program
    .command('fsck')
    .description('hold the database against the blob store: missing, damaged and orphaned blobs')
    .option('--repair', 'mend what is safe to mend: orphaned files go to the trash')
    .option('--offline', 'with --repair and an external database: all replicas are stopped')
    .option('--quick', 'compare the sizes of files only')
    .option('--json', 'one JSON object a line: every finding, then a summary')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is sound, 1 something is missing or damaged (or it could not run), ' +
        '2 a wrong call.',
    )
    .action(
      withConfig(async (config, options: FsckFlags) =>
        (await import('./fsck.command.ts')).fsck(config, options),
      ),
    );
}

function addImport(program: Command, withConfig: WithConfig): void {
  program
    .command('import')
    .description('take over what another registry left')
    .command('storage')
    .description("write rows for a distribution's (or Harbor's) blobs and links; copies nothing")
    .option('--root <dir>', 'what holds docker/registry/v2; our own storage without')
    .option('--project <name>', 'project of repositories without one, such as nginx', 'library')
    .option('--public', 'make new projects public', false)
    .option('--copy', 'with --root on another file system: copy the blobs', false)
    .option('--accept-skipped', 'what cannot be taken over may be deleted by gc', false)
    .option('--dry-run', 'only tell what would be taken over into an empty registry', false)
    .option('--json', 'print the report as JSON', false)
    .action(
      withConfig(async (config, options: ImportFlags) =>
        (await import('./import.command.ts')).importFromStorage(config, options),
      ),
    );
}

function addAdmin(program: Command, withConfig: WithConfig): void {
  const admin = program.command('admin').description('look after accounts and keys');
  admin
    .command('reset-password')
    .description('give admin a new password and end its sessions; prints it unless it is given')
    .option('--password-stdin', 'read the new password from standard input')
    .action(
      withConfig(async (config, options: { passwordStdin?: boolean }) =>
        (await import('./admin.command.ts')).resetPassword(config, options.passwordStdin ?? false),
      ),
    );
  admin
    .command('rotate-token-key')
    .description('sign tokens with a new key; tokens of the old one stay good until they expire')
    .action(
      withConfig(async (config) => (await import('./admin.command.ts')).rotateTokenKey(config)),
    );
  admin
    .command('token-certificates')
    .description('print the certificates of the token keys, for the rootcertbundle of a registry')
    .action(
      withConfig(async (config) => (await import('./admin.command.ts')).printCertificates(config)),
    );
}

function addDev(program: Command, withConfig: WithConfig): void {
  const dev = program.command('dev').description('tools for load tests; not for a registry in use');
  dev
    .command('seed')
    .description('fill a project with artifacts that can be pulled, also beside a running registry')
    .option('--artifacts <n>', 'images, indexes and charts; signatures come on top', whole(1), 1000)
    .option('--tags <n>', 'tags of each artifact', whole(0, 100), 5)
    .option('--repositories <n>', 'repositories that share the artifacts', whole(1, 9999), 50)
    .option('--project <name>', 'a new project, private and without a quota', 'load')
    .option('--seed <n>', 'another number gives other content, the same one the same', whole(0), 1)
    .option('--append', 'add repositories to a project that exists', false)
    .action(
      withConfig(async (config, options: DevSeedOptions) =>
        (await import('./dev-seed.command.ts')).seedDatabase(config, options),
      ),
    );
}

/** Parses the value of an option. */
function whole(minimum: number, maximum = 100_000_000): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

function settingsHelp(): string {
  return [...settings].map(([path, name]) => `  ${name.padEnd(30)} ${path}`).join('\n');
}

/** Prints what a person can act on; a stack only for what should not happen. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    console.error(`berth: ${error.message}`);
    return 2;
  }
  const expected =
    error instanceof BundledPostgresError ||
    error instanceof MigrationError ||
    error instanceof SecretKeyError ||
    error instanceof StoredConfigurationError ||
    error instanceof AppError ||
    (error instanceof Error && 'syscall' in error);
  console.error('berth:', expected ? error.message : error);
  return 1;
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
