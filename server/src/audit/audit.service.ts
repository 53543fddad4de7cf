import { canInSystem, type Principal } from '../access/index.ts';
import { compileFilter, parseQ } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { isNamedIn, isPurgeable } from './audit.events.ts';
import { auditFields, sortAuditLogs } from './audit.fields.ts';
import type { AuditLog, AuditRepository, AuditVisibility } from './audit.repository.ts';

/** A list as a client asks for it, `q` and `sort` as it wrote them. */
export interface AuditQuery {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface AuditPage {
  readonly entries: readonly AuditLog[];
  /** Estimated beyond 100,000, see AuditRepository. */
  readonly total: number;
}

export interface AuditPorts {
  readonly rows: AuditRepository;
  /** Ids of the projects in which `principal` may `log:list`. */
  listProjectIds(principal: Principal): Promise<readonly number[]>;
}

export interface AuditService {
  /**
   * Everything for those who may list the system's audit log, for others the projects whose log
   * they may list.
   *
   * @throws AppError invalid: a malformed `q` or `sort`
   */
  listEntries(principal: Principal, query: AuditQuery): Promise<AuditPage>;
  /** @throws AppError invalid: a malformed `q` or `sort` */
  listProjectEntries(projectId: number, query: AuditQuery): Promise<AuditPage>;
  /**
   * Deletes entries that are older than `before` and of one of `eventTypes` (`other`: all but
   * creations, deletions and pulls of artifacts), or with `isDryRun` only counts them. The oldest
   * go first, in short transactions. Stops early when `signal` fires.
   *
   * @returns how many
   * @throws AppError invalid: an unknown event type
   */
  purge(purge: AuditPurge): Promise<number>;
  /** Renames the user in all entries, and returns how many. */
  maskUser(username: string, replacement: string): Promise<number>;
}

export interface AuditPurge {
  readonly before: Date;
  readonly eventTypes: readonly string[];
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Told after each transaction. */
  readonly onProgress?: (progress: PurgeProgress) => void;
}

export interface PurgeProgress {
  /** Entries of any type that are old enough. */
  readonly looked: number;
  /** Those of them that were deleted, or would be. */
  readonly purged: number;
}

export function createAuditService(ports: AuditPorts): AuditService {
  const { rows } = ports;

  async function list(
    visibility: AuditVisibility,
    { q, sort, offset, limit }: AuditQuery,
  ): Promise<AuditPage> {
    const predicates = compileFilter(auditFields, parseQ(q));
    return rows.list({ visibility, predicates, sorts: sortAuditLogs(sort), offset, limit });
  }

  return {
    async listEntries(principal, query) {
      const seesAll = canInSystem(principal, 'audit-log', 'list');
      return list(seesAll ? 'all' : await ports.listProjectIds(principal), query);
    },
    listProjectEntries: (projectId, query) => list([projectId], query),
    purge: (purge) => purgeEntries(rows, purge),
    maskUser: (username, replacement) => rows.renameUser(username, replacement),
  };
}

async function purgeEntries(
  rows: AuditRepository,
  { before, eventTypes, isDryRun = false, signal, onProgress }: AuditPurge,
): Promise<number> {
  const unknown = eventTypes.find((type) => !isPurgeable(type));
  if (unknown !== undefined) throw new AppError('invalid', `"${unknown}" is no audit event type`);
  const types = new Set(eventTypes);
  if (types.size === 0) return 0;
  let [looked, purged] = [0, 0];
  for await (const entries of rows.walk(before)) {
    const ids = entries.filter((entry) => isNamedIn(types, entry)).map(({ id }) => id);
    looked += entries.length;
    purged += isDryRun ? ids.length : await rows.deleteAll(ids);
    onProgress?.({ looked, purged });
    if (signal?.aborted === true) break;
  }
  return purged;
}
