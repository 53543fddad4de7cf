import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../lib/index.ts';
import type { TkeMigrateFlags } from './tke-migrate.command.ts';
import type { TkeConfigFlags, TkeManifestsFlags } from './tke-template.command.ts';

type Finish = (code: number) => void;

/** `berth tke …`: what helps to bring in Berth as TKE's registry. */
export function addTke(program: Command, finish: Finish): void {
  const tke = program
    .command('tke')
    .description('be the registry of TKE: copy what it has, check an existing Harbor, make files');
  addMigrate(tke, finish);
  addInstallCheck(tke, finish);
  const template = tke.command('template').description('print YAML to install with');
  addConfigTemplate(template, finish);
  addManifestsTemplate(template, finish);
}

function addMigrate(tke: Command, finish: Finish): void {
  const migrate = tke
    .command('migrate')
    .description('copy namespaces, chart groups, images and charts to a running registry for TKE')
    .addOption(
      new Option('--source-kind <kind>', 'what to copy from')
        .choices(['distribution', 'harbor', 'tke'])
        .makeOptionMandatory(),
    )
    .requiredOption('--source-url <url>', 'its address, http(s)://host[:port]')
    .option('--source-username <name>', 'who reads there; nobody without')
    .option('--source-password-file <file>', 'or the variable TKE_SOURCE_PASSWORD')
    .option('--source-token-file <file>', 'of kind tke: an API key instead of name and password')
    .option('--source-ca <file>', 'certificates (PEM) to trust beside the usual ones')
    .option('--source-suffix <domain>', "of kind tke: tenants' domain, when it does not tell")
    .option('--to-url <url>', 'address of the running Berth; not needed with --plan')
    .option('--to-username <name>', 'with a password in the file instead of a token')
    .option('--to-token-file <file>', "a system administrator's token, or TKE_DESTINATION_TOKEN")
    .option('--to-ca <file>', 'certificates (PEM) to trust beside the usual ones')
    .option('--to-suffix <domain>', "tenants' domain, when the destination does not tell")
    .option('--tenants <names>', 'only these; a plain registry may need it for its names', list);
  addMigrateLimits(migrate)
    .addHelpText(
      'after',
      '\nStop writes to the source first; run it again to go on or to catch up. Nothing is ever ' +
        'written to the source.\nExit codes: 0 all is there and verified, 1 something was missed ' +
        '(the report lists it) or it could not run, 2 a wrong call.',
    )
    .action(async (flags: TkeMigrateFlags) => {
      finish(await (await import('./tke-migrate.command.ts')).migrateTke(flags));
    });
}

function addMigrateLimits(migrate: Command): Command {
  return migrate
    .option('--namespaces <names>', 'only these, as namespace or tenant/namespace', list)
    .option('--chart-groups <names>', 'only these, as group or tenant/group', list)
    .option('--charts-directory <dir>', 'charts of a plain registry: {tenant}/{group}/*.tgz', text)
    .option('--charts-url <url>', 'or a ChartMuseum that has {tenant}/{group}', text)
    .addOption(
      new Option('--visibility <word>', 'of namespaces of a plain registry')
        .choices(['Public', 'Private'])
        .default('Private'),
    )
    .option('--state <file>', 'journal of what is done', 'migrate-state.jsonl')
    .option('--plan', 'only tell what would be copied', false)
    .option('--concurrency <n>', 'repositories and blobs at once', whole(1, 64), 4)
    .option('--bytes-per-second <n>', 'limit for all blobs together', whole(1))
    .option('--report <file>', 'write the report there as JSON')
    .option('--json', 'print the report as JSON', false);
}

function addInstallCheck(tke: Command, finish: Finish): void {
  tke
    .command('install-check')
    .description('check the Harbor that a tke-registry-config.yaml (berth --config) names')
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nThe file is --config, or what BERTH_TKE_CONFIG names. Each line says ok or FAILED, and ' +
        'what to do.\nExit codes: 0 all is right, 1 something is not, 2 a wrong file or call.',
    )
    // `--config` is an option of the whole program, which takes it wherever it stands.
    .action(async (_flags: object, command: Command) => {
      const { config, json } = command.optsWithGlobals<{ config?: string; json: boolean }>();
      const file = config ?? process.env['BERTH_TKE_CONFIG'];
      if (!file) throw new AppError('invalid', 'name the tke-registry-config.yaml with --config');
      const { checkTkeInstallation } = await import('./tke-install-check.command.ts');
      finish(await checkTkeInstallation({ tkeConfig: file, json }));
    });
}

function addConfigTemplate(template: Command, finish: Finish): void {
  const config = template
    .command('config')
    .description(
      'tke-registry-config.yaml, with a Secret for the password and a ConfigMap for the CA',
    )
    .addOption(
      new Option('--back-end <which>', 'what keeps images and charts')
        .choices(['builtin', 'harbor'])
        .default('builtin'),
    )
    .option('--harbor-url <url>', 'an existing Harbor, http(s)://host[:port]')
    .option('--harbor-username <name>', 'a system administrator of it')
    .option('--harbor-password-file <file>', 'or the variable TKE_HARBOR_PASSWORD')
    .option('--harbor-ca <file>', 'authority (PEM) of its certificate')
    .addOption(
      new Option('--phase <n>', '1: clients log in to Harbor; 2: to TKE only')
        .choices(['1', '2'])
        .default('2'),
    )
    .option('--anonymous', 'in phase 1: nobody logs in', false)
    .addOption(
      new Option('--charts <way>', 'where Harbor keeps charts')
        .choices(['auto', 'oci', 'chartmuseum'])
        .default('auto'),
    )
    .option('--adopt-projects', 'take over projects of our names that exist there', false);
  addTenantOptions(config)
    .option('--read-only', 'refuse pushes and deletions', false)
    .option('--credentials-directory <dir>', 'where the pod has the Secret', '/app/credentials')
    .option('--certificates-directory <dir>', 'where the pod has the CA', '/app/certs')
    .option('--plain', 'only the file, without objects of Kubernetes', false)
    .action(async (flags: TkeConfigFlags) => {
      finish(await (await import('./tke-template.command.ts')).renderTkeConfig(flags));
    });
}

function addManifestsTemplate(template: Command, finish: Finish): void {
  const manifests = template
    .command('manifests')
    .description('a fresh registry for TKE: a Berth that keeps content, and one in front of it')
    .requiredOption('--image <image>', 'container image of Berth')
    .option('--node-name <name>', 'keep data in a directory of this node, such as the first master')
    .option('--host-path <dir>', 'the directory', '/var/lib/tke-registry')
    .option('--storage-class <name>', 'of claims; the default class without')
    .option('--storage-size <size>', 'of each claim', '40Gi')
    .option('--password-file <file>', "admin's first password, or TKE_ADMIN_PASSWORD; else random")
    .option(
      '--harbor-password-file <file>',
      'of the one behind, or TKE_HARBOR_PASSWORD; else random',
    )
    .option('--tls-secret <name>', 'certificate of the ingress, for the domain and *.domain')
    .option('--ingress-class <name>', 'of the ingress')
    .option('--trusted-proxies <networks>', 'addresses of the ingress, believed', list, []);
  addTenantOptions(manifests).action(async (flags: TkeManifestsFlags) => {
    if (flags.domainSuffix === '') throw new AppError('invalid', 'name the --domain-suffix');
    finish(await (await import('./tke-template.command.ts')).renderTkeManifests(flags));
  });
}

function addTenantOptions(command: Command): Command {
  return command
    .option('--default-tenant <tenant>', 'of whoever belongs to none', 'default')
    .option('--domain-suffix <domain>', 'tenants are {tenant}.{domain}', '')
    .option('--system-chart-groups <names>', 'chart groups that every tenant has', list, [])
    .option('--namespace <name>', 'of the objects', 'tke');
}

function list(value: string): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between.');
  return names;
}

function text(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

function whole(minimum: number, maximum = 1_000_000_000_000): (value: string) => number {
  return (value) => {
    const number = /^\d{1,13}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}
