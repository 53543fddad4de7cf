import type { Egress } from '../../egress/index.ts';
import { AppError } from '../../lib/index.ts';
import type {
  HarborConfiguration,
  RegistryConfiguration,
} from '../config/registry-configuration.ts';
import type { Names } from '../names.ts';
import { type CheckLine, failed, ok, skipped } from './check-line.ts';
import {
  accountSchema,
  type HarborAnswer,
  HarborClient,
  sentenceOf,
  systemSchema,
} from './harbor-client.ts';
import { findAddresses, reachPort, readCertificate } from './reach.ts';

export interface InstallCheckPorts {
  readonly egress: Egress;
  readonly names: Names;
  readonly now: () => Date;
}

const MAX_SKEW_SECONDS = 60;
const SOON_DAYS = 30;
const SHOWN = 5;

/**
 * Checks an existing Harbor before TKE's registry is put in front of it: one line for each thing
 * that must be right, in an order in which the first failure explains those that follow.
 */
export async function checkInstallation(
  configuration: RegistryConfiguration,
  ports: InstallCheckPorts,
): Promise<readonly CheckLine[]> {
  const names = checkNames(configuration, ports.names);
  const { harbor } = configuration;
  if (harbor === undefined) {
    return [ok('back end', 'this registry itself keeps images and charts'), names];
  }
  return [...(await new HarborCheck(harbor, ports).run()), names];
}

function checkNames({ defaultTenant, systemChartGroups }: RegistryConfiguration, names: Names) {
  try {
    names.toProject('image', { tenant: defaultTenant, name: 'test' });
    for (const name of systemChartGroups) names.toProject('chart', { tenant: defaultTenant, name });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return failed('names', error.message, 'choose another defaultTenant or system chart group');
  }
  const count = systemChartGroups.length;
  return ok(
    'names',
    `tenant ${defaultTenant} and ${count} system chart groups have legal projects`,
  );
}

class HarborCheck {
  readonly #harbor: HarborConfiguration;
  readonly #ports: InstallCheckPorts;
  readonly #client: HarborClient;
  readonly #url: URL;

  constructor(harbor: HarborConfiguration, ports: InstallCheckPorts) {
    this.#harbor = harbor;
    this.#ports = ports;
    this.#client = new HarborClient(ports.egress, harbor);
    this.#url = new URL(harbor.url);
  }

  async run(): Promise<CheckLine[]> {
    const lines = [await this.#checkDns()];
    if (lines.every(isOk)) lines.push(await this.#checkPort());
    if (lines.every(isOk)) lines.push(await this.#checkTls());
    if (!lines.every(isOk)) return [...lines, ...skipRest()];
    const askedAt = this.#ports.now().getTime();
    const answer = await this.#ask('systeminfo');
    const halfWay = (askedAt + this.#ports.now().getTime()) / 2;
    if (typeof answer === 'string') {
      const advice = 'something else than Harbor may listen there: check harborUrl';
      return [...lines, failed('version', answer, advice), ...skipRest().slice(1)];
    }
    const account = await this.#checkAccount();
    return [
      ...lines,
      checkVersion(answer),
      account,
      checkClock(answer, halfWay),
      checkCharts(answer, this.#harbor),
      account.outcome === 'ok' ? await this.#checkProjects() : skipped('projects'),
    ];
  }

  async #checkDns(): Promise<CheckLine> {
    try {
      const addresses = await findAddresses(this.#url);
      return ok('address', `${this.#url.hostname} is ${addresses.join(', ')}`);
    } catch (error) {
      const advice = 'check harborUrl, and the DNS of this machine';
      return failed('address', `${this.#url.hostname}: ${sentenceOf(error)}`, advice);
    }
  }

  async #checkPort(): Promise<CheckLine> {
    try {
      await reachPort(this.#url);
      return ok('connection', `${this.#url.host} accepts connections`);
    } catch (error) {
      const advice = 'check that Harbor runs, its port in harborUrl, and firewalls in between';
      return failed('connection', `${this.#url.host}: ${sentenceOf(error)}`, advice);
    }
  }

  async #checkTls(): Promise<CheckLine> {
    if (this.#url.protocol === 'http:') {
      return ok('tls', 'none: harborUrl is http, passwords and images travel in the clear');
    }
    try {
      const shown = await readCertificate(this.#url, this.#harbor.ca);
      const { subject, issuer, validTo, fault } = shown;
      const day = validTo.toISOString().slice(0, 10);
      const text = `${subject}, issued by ${issuer}, good until ${day}`;
      if (fault !== undefined && this.#harbor.verifyTls) {
        return failed('tls', `${fault}: ${text}`, adviceOf(fault));
      }
      if (fault !== undefined) return ok('tls', `${text}; ${fault}, which is not looked at`);
      const days = (validTo.getTime() - this.#ports.now().getTime()) / 86_400_000;
      return ok('tls', days < SOON_DAYS ? `${text}: renew it soon` : text);
    } catch (error) {
      const advice = 'harborUrl says https: check that the port speaks TLS';
      return failed('tls', sentenceOf(error), advice);
    }
  }

  async #ask(path: string): Promise<HarborAnswer | string> {
    try {
      return await this.#client.get(path);
    } catch (error) {
      return sentenceOf(error);
    }
  }

  async #checkAccount(): Promise<CheckLine> {
    const { username } = this.#harbor;
    const answer = await this.#ask('users/current');
    if (typeof answer === 'string') return failed('account', answer, 'check that Harbor is well');
    if (answer.status === 401) {
      const advice = 'check harborUsername and harborPassword';
      return failed('account', `Harbor does not know ${username} with this password`, advice);
    }
    const account = accountSchema.safeParse(answer.body);
    if (answer.status !== 200 || !account.success) {
      const advice =
        'a user is needed; robot accounts cannot make projects as an administrator can';
      return failed('account', `${username} was answered with ${answer.status}`, advice);
    }
    const isAdmin = account.data.sysadmin_flag === true || account.data.admin_role_in_auth === true;
    if (isAdmin) return ok('account', `${username} is a system administrator`);
    const advice = `make ${username} an administrator in Harbor (Users, Set as Admin)`;
    return failed('account', `${username} is no system administrator`, advice);
  }

  /** A project of our names that somebody else made stands in the way of a namespace. */
  async #checkProjects(): Promise<CheckLine> {
    const harbor = this.#harbor;
    const { names } = this.#ports;
    let ours = 0;
    let others = 0;
    const taken: string[] = [];
    try {
      for await (const { name, owner_name: owner } of this.#client.projects()) {
        if (names.fromProject(name) === undefined) others += 1;
        else if (owner === harbor.username) ours += 1;
        else taken.push(name);
      }
    } catch (error) {
      return failed('projects', sentenceOf(error), 'check that Harbor is well');
    }
    const counts = `${ours} are ours, ${others} are others' and stay untouched`;
    if (taken.length === 0) return ok('projects', counts);
    const shown = taken.slice(0, SHOWN).join(', ');
    const more = taken.length > SHOWN ? ` and ${taken.length - SHOWN} more` : '';
    const text = `${counts}; ${taken.length} have names of ours and another owner: ${shown}${more}`;
    if (harbor.adopt) return ok('projects', `${text}; they are taken over (harborAdoptProjects)`);
    const advice = 'rename or remove them, or set harborAdoptProjects to take them over';
    return failed('projects', text, advice);
  }
}

function checkVersion({ status, body }: HarborAnswer): CheckLine {
  const system = systemSchema.safeParse(body);
  const version = system.data?.harbor_version;
  if (status !== 200 || version === undefined) {
    const advice = 'check that harborUrl is a Harbor of version 2, and the account';
    return failed('version', `Harbor does not tell its version (${status})`, advice);
  }
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
  // Builds between releases have names of their own, such as `dev`.
  if (major >= 2 || !/\d/.test(version)) return ok('version', version);
  return failed('version', `${version} has no API v2.0`, 'upgrade Harbor to 2.0 or newer');
}

function checkClock({ date }: HarborAnswer, now: number): CheckLine {
  if (date === undefined) return ok('clock', 'Harbor does not tell the time');
  const seconds = Math.round((date.getTime() - now) / 1000);
  if (Math.abs(seconds) <= MAX_SKEW_SECONDS) return ok('clock', 'both clocks agree');
  const way = seconds > 0 ? 'ahead of' : 'behind';
  const text = `Harbor's clock is ${Math.abs(seconds)} s ${way} ours`;
  return failed(
    'clock',
    text,
    'synchronise both (NTP): tokens of the one are not valid for the other',
  );
}

function checkCharts({ body }: HarborAnswer, { charts }: HarborConfiguration): CheckLine {
  const hasMuseum = systemSchema.safeParse(body).data?.with_chartmuseum === true;
  if (charts === 'chartmuseum' && !hasMuseum) {
    const advice = 'set harborCharts to auto or oci (Harbor 2.8 and newer have no ChartMuseum)';
    return failed('charts', 'this Harbor has no ChartMuseum', advice);
  }
  const way = charts === 'auto' ? (hasMuseum ? 'chartmuseum' : 'oci') : charts;
  const where = way === 'oci' ? 'as OCI artifacts' : "in Harbor's ChartMuseum";
  return ok('charts', `charts are kept ${where}`);
}

function adviceOf(fault: string): string {
  if (/ALTNAME/.test(fault)) return 'the certificate is for another host: check harborUrl';
  if (/EXPIRED/.test(fault)) return "renew Harbor's certificate";
  return "put the certificate (PEM) of the authority that signed Harbor's into harborCAFile";
}

function skipRest(): CheckLine[] {
  return ['version', 'account', 'clock', 'charts', 'projects'].map(skipped);
}

function isOk({ outcome }: CheckLine): boolean {
  return outcome === 'ok';
}
