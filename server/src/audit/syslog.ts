import { isIPv6 } from 'node:net';
import { AppError } from '../lib/index.ts';
import type { AuditRecord } from './audit-entry.ts';

export interface SyslogEndpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/**
 * Where to forward to: `host:port` or `tcp://host:port` for TCP (RFC 6587), `tls://host:port` for
 * TLS (RFC 5425); IPv6 addresses in brackets.
 *
 * @throws AppError invalid
 */
export function parseSyslogEndpoint(text: string): SyslogEndpoint {
  const match = /^(?:(tcp|tls):\/\/)?(?:\[([\da-fA-F:.]+)\]|([\w.-]{1,253})):(\d{1,5})$/.exec(text);
  const [, scheme, address, name, digits] = match ?? [];
  const host = address ?? name ?? '';
  const port = Number(digits);
  const isHost = address === undefined ? host !== '' : isIPv6(address);
  if (match === null || !isHost || port < 1 || port > 65_535) {
    throw new AppError('invalid', 'an endpoint of syslog is host:port or tls://host:port');
  }
  return { host, port, isTls: scheme === 'tls' };
}

/** Log audit (13) of RFC 5424, section 6.2.1. */
const FACILITY = 13;
const INFORMATIONAL = 6;
const NOTICE = 5;

/** Who sends: the host's name and the process's id. */
export interface SyslogSender {
  readonly hostname: string;
  readonly pid: number;
}

/**
 * A record as RFC 5424 has it, in the frame of RFC 6587, section 3.4.1: its bytes counted ahead,
 * so that nothing inside can begin a message of its own.
 */
export function frameRecord(record: AuditRecord, sender: SyslogSender): Buffer {
  const message = Buffer.from(formatRecord(record, sender));
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** The message without a frame. */
export function formatRecord(record: AuditRecord, { hostname, pid }: SyslogSender): string {
  const priority = FACILITY * 8 + (record.succeeded ? INFORMATIONAL : NOTICE);
  const time = record.occurredAt.toISOString();
  const header = `<${priority}>1 ${time} ${printable(hostname)} berth ${pid} audit`;
  const parameters = [
    ['operator', record.username],
    ['operation', record.operation],
    ['resource_type', record.resourceType],
    ['resource', record.resource],
    ['result', record.succeeded ? 'success' : 'failure'],
    ['project_id', record.projectId === undefined ? '' : String(record.projectId)],
  ] as const;
  const data = parameters.map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join('');
  // The mark tells that what follows is UTF-8 (section 6.4).
  return `${header} [audit@32473${data}] \ufeff${record.description}`;
}

/** Section 6.3.3: quotes, backslashes and brackets. */
function escapeValue(value: string): string {
  return value.replaceAll(/["\\\]]/g, String.raw`\$&`);
}

/** Section 6.2.4: visible ASCII, `-` for nothing. */
function printable(hostname: string): string {
  return hostname.replaceAll(/[^\u0021-\u007e]/g, '').slice(0, 255) || '-';
}
