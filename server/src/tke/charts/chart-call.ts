import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ChartMuseum, ChartReader, ChartReply, ChartStore } from '../../helm/index.ts';
import type { AddressOf } from '../../http/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import type { Names } from '../names.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { ChartAction } from '../rights/gatekeeper.ts';
import type { ChartDoor } from './chart-door.ts';

/** A line of the audit log; shaped as the log takes it. */
export interface ChartAudit {
  readonly operation: 'create' | 'delete';
  readonly resourceType: 'chart';
  /** `{tenant}/{group}/{chart}:{version}`, as far as it is known. */
  readonly resource: string;
  readonly username: string;
  readonly succeeded: boolean;
  readonly address: string;
  readonly requestId: string;
}

export interface TkeChartPorts {
  readonly configuration: Pick<RegistryConfiguration, 'defaultTenant' | 'domainSuffix'>;
  readonly names: Names;
  /** By the login that is configured. */
  readonly door: ChartDoor;
  findGroup(tenant: string, name: string): Promise<ChartGroup | undefined>;
  /** Of the provider's charts. */
  readonly museum: ChartMuseum;
  /** The same charts, for Harbor's shapes. */
  readonly store: Pick<ChartStore, 'list' | 'open'>;
  readonly reader: Pick<ChartReader, 'readFiles'>;
  /** Whether maintenance forbids every change. */
  isReadOnly(): boolean;
  /** After a version was stored or deleted. What it throws is logged and changes no answer. */
  onChartChanged(tenant: string, group: string, chart: string): void;
  /** After an archive was sent off. As above. */
  onChartPulled(tenant: string, group: string, chart: string): void;
  recordAudit(entry: ChartAudit): Promise<void>;
  readonly addressOf: AddressOf;
  readonly log: Log;
}

/** A request, freed of what serves it. */
export interface ChartCall {
  readonly host: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly source: Readable;
  readonly isHead: boolean;
  readonly address: string;
  readonly requestId: string;
}

/** A caller who may do what it asks for, in a group that is there. */
export interface Visit {
  readonly tenant: string;
  readonly group: string;
  /** The group, as the back end names it. */
  readonly project: string;
  readonly username: string;
}

export interface Outcome {
  readonly reply: ChartReply;
  /** The chart that was changed or pulled, if one was. */
  readonly chart?: string | undefined;
  /** Which of its versions; all when absent. */
  readonly version?: string | undefined;
}

/** What a route does, and which right it takes. */
export interface ChartOperation {
  readonly action: ChartAction;
  perform(ports: TkeChartPorts, visit: Visit, call: ChartCall): Promise<Outcome>;
}
