import type { ChartReply } from '../../helm/index.ts';
import { AppError, readOnlyRefusal } from '../../lib/index.ts';
import { tenantOf } from '../config/tenant.ts';
import { isAvailable } from '../resources/availability.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { ChartAction } from '../rights/gatekeeper.ts';
import type {
  ChartAudit,
  ChartCall,
  ChartOperation,
  Outcome,
  TkeChartPorts,
  Visit,
} from './chart-call.ts';
import type { ChartAdmission } from './chart-door.ts';
import { ChartRefusal, presentRefusal } from './chart-refusal.ts';

export interface TkeCharts {
  /** Answers a call, refusals included. Rejects only for what nobody foresaw. */
  serve(operation: ChartOperation, call: ChartCall): Promise<ChartReply>;
}

const AUDITED: Partial<Record<ChartAction, ChartAudit['operation']>> = {
  upload: 'create',
  delete: 'delete',
};

/** A visit that may still be refused. */
type Tried = Visit & ChartAdmission;

export function createTkeCharts(ports: TkeChartPorts): TkeCharts {
  return new Charts(ports);
}

class Charts implements TkeCharts {
  readonly #ports: TkeChartPorts;

  constructor(ports: TkeChartPorts) {
    this.#ports = ports;
  }

  async serve(operation: ChartOperation, call: ChartCall): Promise<ChartReply> {
    const { action } = operation;
    let tried: Tried | undefined;
    try {
      const tenant = tenantOf(call.host, this.#ports.configuration);
      const group = await this.#getGroup(tenant, call.params['group'] ?? '');
      tried = await this.#open(tenant, group, action, call);
      this.#authorize(tried, action);
      const outcome = await operation.perform(this.#ports, tried, call);
      this.#announce(action, tried, outcome);
      await this.#audit(action, tried, call, outcome);
      return outcome.reply;
    } catch (error) {
      if (tried !== undefined) await this.#audit(action, tried, call, undefined);
      const reply = presentRefusal(error, call.host ?? 'tke', tried?.project);
      if (reply === undefined) throw error;
      if (reply.status >= 500) {
        this.#ports.log.warn({ err: error, requestId: call.requestId }, 'charts are out of reach');
      }
      return reply;
    }
  }

  async #getGroup(tenant: string, name: string): Promise<ChartGroup> {
    const group = await this.#ports.findGroup(tenant, name);
    // Not yet, not at all or no more: a project of its name may be somebody else's.
    if (group === undefined || !isAvailable(group)) throw new ChartRefusal(404, 'not found');
    if (group.status.locked === true) throw new ChartRefusal(423, 'locked chart repository');
    return group;
  }

  async #open(
    tenant: string,
    group: ChartGroup,
    action: ChartAction,
    { headers: { authorization }, address }: ChartCall,
  ): Promise<Tried> {
    const { name } = group.spec;
    const project = this.#ports.names.toProject('chart', { tenant, name });
    const shown = { authorization, address };
    const admission = await this.#ports.door.admit(shown, group, project, action);
    return { tenant, group: name, project, ...admission };
  }

  #authorize({ isAllowed, isStranger }: Tried, action: ChartAction): void {
    if (!isAllowed) {
      throw isStranger
        ? new AppError('unauthenticated', 'unauthorized')
        : new AppError('denied', 'forbidden');
    }
    if (action in AUDITED && this.#ports.isReadOnly()) throw readOnlyRefusal();
  }

  #announce(action: ChartAction, { tenant, group }: Visit, { chart }: Outcome): void {
    if (chart === undefined) return;
    try {
      if (action in AUDITED) this.#ports.onChartChanged(tenant, group, chart);
      else this.#ports.onChartPulled(tenant, group, chart);
    } catch (error) {
      // What was stored is stored.
      this.#ports.log.error({ err: error }, 'a change of charts could not be noted');
    }
  }

  async #audit(
    action: ChartAction,
    { tenant, group, username, isStranger }: Tried,
    { params, address, requestId }: ChartCall,
    outcome: Outcome | undefined,
  ): Promise<void> {
    const operation = AUDITED[action];
    // A stranger who is asked to log in has not tried yet.
    if (operation === undefined || (outcome === undefined && isStranger)) return;
    const chart = outcome?.chart ?? params['name'];
    const version = outcome?.version ?? params['version'];
    const names = [tenant, group, ...(chart === undefined ? [] : [chart])].join('/');
    await this.#ports.recordAudit({
      operation,
      resourceType: 'chart',
      resource: version === undefined ? names : `${names}:${version}`,
      username,
      succeeded: outcome !== undefined,
      address,
      requestId,
    });
  }
}
