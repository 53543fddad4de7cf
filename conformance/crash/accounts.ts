import { withOwnPool } from './database.ts';
import type { Caller } from './http.ts';
import type { CrashServer } from './server.ts';

interface Account {
  readonly id: number;
  readonly project: string;
  /** In bytes: the limit, what is counted, and what is there, every digest once. */
  readonly hard: number;
  readonly counted: number;
  readonly known: number;
  readonly actual: number;
}

const accounts = `
  SELECT project.id, project.name AS project, coalesce(quota.hard_storage, -1)::float8 AS hard,
    (coalesce(quota.used_storage, 0) + coalesce(
      (SELECT sum(bytes) FROM quota_delta WHERE project_id = project.id), 0))::float8 AS counted,
    coalesce(
      (SELECT sum(size) FROM project_blob WHERE project_id = project.id), 0)::float8 AS known,
    coalesce((SELECT sum(size) FROM (
      SELECT link.digest, blob.size FROM repository
      JOIN repository_blob link ON link.repository_id = repository.id
      JOIN blob ON blob.digest = link.digest
      WHERE repository.project_id = project.id
      UNION
      SELECT artifact.digest, artifact.size FROM repository
      JOIN artifact ON artifact.repository_id = repository.id
      WHERE repository.project_id = project.id
    ) AS part), 0)::float8 AS actual
  FROM project LEFT JOIN quota ON quota.project_id = project.id
  ORDER BY project.name`;

/**
 * Holds, at rest, what the API says that projects use against the sum of their distinct blobs and
 * manifests, and against their limits.
 *
 * @returns what is wrong
 */
export async function checkAccounts(server: CrashServer, caller: Caller): Promise<string[]> {
  const rows = await withOwnPool(server, async (pool) => {
    const result = await pool.query<Account>(accounts);
    return result.rows;
  });
  const faults: string[] = [];
  for (const account of rows) {
    const { project, hard, counted, known, actual } = account;
    const told = await readUsed(caller, account);
    if (counted !== actual || known !== actual || told !== actual) {
      const sums = `${actual} bytes, has rows for ${known}, counts ${counted}, and tells ${told}`;
      faults.push(`the project ${project} has ${sums}`);
    }
    if (hard !== -1 && actual > hard) {
      faults.push(`the project ${project} has ${actual} bytes, and may have ${hard}`);
    }
  }
  if (rows.length === 0) faults.push('there is no project to account for');
  return faults;
}

async function readUsed(caller: Caller, { id }: Account): Promise<number> {
  const path = `/api/v2.0/quotas?reference=project&reference_id=${id}`;
  const answer = await caller.call('GET', path);
  if (answer.status !== 200) throw new Error(`no quota: ${answer.status}`);
  const [quota] = JSON.parse(answer.body.toString());
  return Number(quota?.used.storage);
}
