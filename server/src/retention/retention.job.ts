import type { ImmutableAmong, RemovalService } from '../artifacts/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { type Executions, type Job, type JobContext, JobFailed } from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type {
  CandidateRepository,
  ListedArtifact,
  RepositoryPlace,
} from './candidates.repository.ts';
import { createLogTable, type LogMark, type LogTable } from './log-table.ts';
import { presentRuleCore } from './retention.presenter.ts';
import {
  parseOrder,
  parseTaskAttributes,
  RETENTION_OPERATOR,
  type TaskOrder,
} from './retention-order.ts';
import type { RetentionPolicyRepository } from './retention-policy.repository.ts';
import { compileScopes, type RetentionPolicy } from './retention-policy.ts';
import { RETENTION } from './retention-runs.ts';
import { createSelection, type Selection, type Verdict } from './select.ts';

export interface RetentionJobPorts {
  readonly policies: Pick<RetentionPolicyRepository, 'find'>;
  readonly candidates: Pick<CandidateRepository, 'findRepository' | 'listArtifacts'>;
  readonly removal: Pick<RemovalService, 'deleteArtifact' | 'deleteTag'>;
  readonly immutableAmong: ImmutableAmong;
  readonly executions: Pick<Executions, 'getTask'>;
  /** Records it for webhooks. */
  publish(event: DomainEvent): Promise<void>;
  /** Artifacts read at once; 200 unless told. */
  readonly pageSize?: number;
}

const PAGE_SIZE = 200;
const TIMEOUT_MS = 6 * 60 * 60_000;
const RETRIES = 3;
const RETRY_MS = 30_000;
/** What one event names. */
const MAX_NAMED = 1_000;

/** The job that applies a policy to one repository. */
export function createRetentionJob(ports: RetentionJobPorts): Job {
  return {
    vendorType: RETENTION,
    concurrency: 2,
    timeoutMs: TIMEOUT_MS,
    retryDelay: (attempt) => (attempt <= RETRIES ? RETRY_MS * attempt : undefined),
    run: (payload, context) => run(ports, payload, context),
  };
}

async function run(
  ports: RetentionJobPorts,
  payload: Readonly<Record<string, unknown>>,
  context: JobContext,
): Promise<void> {
  const order = parseOrder(payload);
  if (order === undefined) throw new JobFailed('the task cannot be read');
  const policy = await ports.policies.find(context.vendorId);
  if (policy === undefined) throw new JobFailed('the policy was deleted');
  if (policy.revision !== order.revision) {
    throw new JobFailed('the rules were changed after this began: start it again');
  }
  const place = await ports.candidates.findRepository(order.repositoryId);
  if (place === undefined || place.projectId !== policy.projectId) {
    context.log('the repository is not there any more');
    return;
  }
  await new RetentionRun(ports, { order, policy, place, context }).run();
}

interface Occasion {
  readonly order: TaskOrder;
  readonly policy: RetentionPolicy;
  readonly place: RepositoryPlace;
  readonly context: JobContext;
}

/** One run over one repository: all artifacts are read once to compare, and once more to act. */
class RetentionRun {
  readonly #ports: RetentionJobPorts;
  readonly #occasion: Occasion;
  readonly #table: LogTable = createLogTable();
  readonly #named: string[] = [];
  #total = 0;
  #deleted = 0;

  constructor(ports: RetentionJobPorts, occasion: Occasion) {
    this.#ports = ports;
    this.#occasion = occasion;
  }

  async run(): Promise<void> {
    const { policy, place, order, context } = this.#occasion;
    context.log(
      `Run retention process. Repository: ${place.name}, Rule Algorithm: or, Dry Run: ${order.isDryRun}`,
    );
    const selection = createSelection(compileScopes(policy.rules)(place.path), {
      isPerTag: policy.isPerTag,
      now: order.at,
    });
    const deletedBefore = await this.#countDeletedBefore();
    await this.#eachArtifact((artifact) => {
      selection.observe(artifact);
      this.#total += policy.isPerTag ? Math.max(1, artifact.tags.length) : 1;
    });
    context.log(`Load ${this.#total} candidates from repository ${place.name}`);
    this.#total += deletedBefore;
    this.#deleted = deletedBefore;
    try {
      await this.#eachArtifact((artifact) => this.#apply(selection, artifact));
    } finally {
      this.#checkIn();
      for (const line of this.#table.lines()) context.log(line);
    }
    await this.#publish();
  }

  /** What a run that was interrupted deleted counts too. */
  async #countDeletedBefore(): Promise<number> {
    const { order, context } = this.#occasion;
    if (order.isDryRun) return 0;
    const scope = { vendorTypes: [RETENTION] as const, vendorId: context.vendorId };
    const task = await this.#ports.executions.getTask(scope, context.taskId);
    return parseTaskAttributes(task.extraAttrs).deleted;
  }

  async #eachArtifact(visit: (artifact: ListedArtifact) => void | Promise<void>): Promise<void> {
    const { context, place } = this.#occasion;
    const limit = this.#ports.pageSize ?? PAGE_SIZE;
    for (let isFirst = true, after; isFirst || after !== undefined; isFirst = false) {
      context.signal.throwIfAborted();
      const page = await this.#ports.candidates.listArtifacts(place.id, { after, limit });
      for (const artifact of page.artifacts) await visit(artifact);
      this.#checkIn();
      after = page.next;
    }
  }

  async #apply(selection: Selection, artifact: ListedArtifact): Promise<void> {
    const { place, context } = this.#occasion;
    const verdicts = selection.judge(artifact);
    const going = verdicts.filter(({ isKept }) => !isKept);
    const tags = going.flatMap((verdict) => verdict.tags);
    const immutable = await this.#ports.immutableAmong(place.projectId, place.name, tags);
    const isFixed = (verdict: Verdict) => verdict.tags.some((tag) => immutable.has(tag));
    for (const verdict of verdicts) {
      if (verdict.isKept) this.#note(artifact, verdict, 'RETAIN');
      else if (isFixed(verdict)) this.#note(artifact, verdict, 'IMMUTABLE');
    }
    const doomed = going.filter((verdict) => !isFixed(verdict));
    if (doomed.length === 0) return;
    context.signal.throwIfAborted();
    if (doomed.length < verdicts.length || artifact.isPart) await this.#untag(artifact, doomed);
    else await this.#deleteArtifact(artifact, doomed);
  }

  /** With all of its tags, of which none came or moved since. */
  async #deleteArtifact(artifact: ListedArtifact, doomed: readonly Verdict[]): Promise<void> {
    const { place } = this.#occasion;
    const outcome = await this.#attempt(() =>
      this.#ports.removal.deleteArtifact(place.name, artifact.digest, this.#actor(), artifact.tags),
    );
    for (const verdict of doomed) this.#conclude(artifact, verdict, outcome);
  }

  /** The artifact stays: for its other tags, or as a part of an index. */
  async #untag(artifact: ListedArtifact, doomed: readonly Verdict[]): Promise<void> {
    const { place, context } = this.#occasion;
    for (const verdict of doomed) {
      let outcome: true | string = true;
      for (const tag of verdict.tags) {
        context.signal.throwIfAborted();
        const one = await this.#attempt(() =>
          this.#ports.removal.deleteTag(place.name, tag, this.#actor(), artifact.digest),
        );
        if (one !== true) outcome = one;
      }
      this.#conclude(artifact, verdict, outcome);
    }
  }

  /** True, or why it stays. */
  async #attempt(remove: () => Promise<boolean>): Promise<true | string> {
    if (this.#occasion.order.isDryRun) return true;
    try {
      return (await remove()) || 'it changed meanwhile';
    } catch (error) {
      // An index that lists it or a rule that fixes a tag came in between.
      if (error instanceof AppError && error.kind === 'precondition') return error.message;
      throw error;
    }
  }

  #conclude(artifact: ListedArtifact, verdict: Verdict, outcome: true | string): void {
    if (outcome !== true) {
      this.#note(artifact, { ...verdict, reason: outcome }, 'ERR');
      return;
    }
    this.#deleted += 1;
    this.#note(artifact, verdict, 'DEL');
    if (this.#named.length >= MAX_NAMED) return;
    const { path } = this.#occasion.place;
    const [tag] = verdict.tags;
    this.#named.push(tag === undefined ? `${path}@${artifact.digest}` : `${path}:${tag}`);
  }

  #note(artifact: ListedArtifact, { tags, reason }: Verdict, mark: LogMark): void {
    const { digest, labels, pushedAt, pulledAt } = artifact;
    const own = artifact.tags.filter(({ name }) => tags.includes(name));
    this.#table.add({
      digest,
      tags,
      labels,
      pushedAt: Math.max(...(own.length === 0 ? [pushedAt] : own.map((tag) => tag.pushedAt))),
      pulledAt,
      createdAt: pushedAt,
      mark,
      reason,
    });
  }

  #checkIn(): void {
    const { order, context } = this.#occasion;
    const total = this.#total;
    const retained = total - this.#deleted;
    const deleted = order.isDryRun ? {} : { deleted: this.#deleted };
    context.checkIn({ task: { total, retained, ...deleted } });
  }

  async #publish(): Promise<void> {
    const { order, policy, place } = this.#occasion;
    if (order.isDryRun || this.#named.length === 0) return;
    await this.#ports.publish({
      type: 'TAG_RETENTION',
      projectId: place.projectId,
      repository: place.name,
      operator: order.operator,
      requestId: order.requestId,
      policyId: policy.id,
      total: this.#total,
      retained: this.#total - this.#deleted,
      rules: policy.rules.filter(({ isDisabled }) => !isDisabled).map(presentRuleCore),
      deleted: this.#named,
    });
  }

  #actor() {
    return { name: RETENTION_OPERATOR, requestId: this.#occasion.order.requestId };
  }
}
