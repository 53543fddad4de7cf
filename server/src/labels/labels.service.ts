import type { Principal } from '../access/index.ts';
import { projectNotFound, refusalFor } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { LabelFilter, LabelRepository } from './label.repository.ts';
import { checkLabelName, type Label, type LabelText } from './label.ts';
import {
  authorizeLabels,
  knowsLabels,
  type LabelAction,
  type LabelRightsPorts,
} from './label-rights.ts';

/**
 * Labels of the system need a right on the system's labels, but to list them; labels of a project
 * one in theirs. All methods with a principal throw AppError unauthenticated, denied, and
 * not-found for unknown ids, which those of labels look like that the principal may not read.
 */
export interface LabelsService {
  listLabels(
    principal: Principal,
    filter: LabelFilter,
    page: { offset: number; limit: number },
  ): Promise<{ labels: Label[]; total: number }>;
  getLabel(principal: Principal, id: number): Promise<Label>;
  /** Without a project, of the system. Gives its id. @throws AppError invalid (name), conflict */
  createLabel(
    principal: Principal,
    projectId: number | undefined,
    text: LabelText,
  ): Promise<number>;
  /** Gives the label as it was. @throws AppError invalid (name), conflict */
  updateLabel(principal: Principal, id: number, text: LabelText): Promise<Label>;
  /** Takes it off all artifacts too. Gives the label that was. */
  deleteLabel(principal: Principal, id: number): Promise<Label>;
  /**
   * Puts a label of the project, or of the system, on an artifact of the project. The caller sees
   * to the right (`artifact-label:create`).
   *
   * @throws AppError not-found (label, artifact; also those of other projects), conflict: it is on
   */
  attach(projectId: number, artifactId: number, labelId: number): Promise<void>;
  /** Takes it off (`artifact-label:delete`). @throws AppError not-found: it is not on */
  detach(projectId: number, artifactId: number, labelId: number): Promise<void>;
}

export interface LabelsPorts extends LabelRightsPorts {
  readonly labels: LabelRepository;
}

export function createLabelsService(ports: LabelsPorts): LabelsService {
  return new Labels(ports);
}

class Labels implements LabelsService {
  readonly #ports: LabelsPorts;

  constructor(ports: LabelsPorts) {
    this.#ports = ports;
  }

  async listLabels(
    principal: Principal,
    filter: LabelFilter,
    page: { offset: number; limit: number },
  ): Promise<{ labels: Label[]; total: number }> {
    // Whoever may put labels on artifacts must see those of the system; Harbor shows them to all.
    if (filter.projectId !== undefined) {
      await authorizeLabels(this.#ports, principal, filter.projectId, 'list');
    }
    return this.#ports.labels.list(filter, page);
  }

  getLabel(principal: Principal, id: number): Promise<Label> {
    return this.#get(principal, id, 'read');
  }

  async createLabel(
    principal: Principal,
    projectId: number | undefined,
    text: LabelText,
  ): Promise<number> {
    await authorizeLabels(this.#ports, principal, projectId, 'create');
    checkLabelName(text.name);
    const outcome = await this.#ports.labels.create(projectId, text);
    if (outcome === 'taken') throw nameTaken(text.name);
    if (outcome === 'no-project') throw projectNotFound(projectId ?? 0);
    return outcome;
  }

  async updateLabel(principal: Principal, id: number, text: LabelText): Promise<Label> {
    const label = await this.#get(principal, id, 'update');
    checkLabelName(text.name);
    const outcome = await this.#ports.labels.update(id, text);
    if (outcome === 'taken') throw nameTaken(text.name);
    if (outcome === 'absent') throw labelNotFound(id);
    return label;
  }

  async deleteLabel(principal: Principal, id: number): Promise<Label> {
    const label = await this.#get(principal, id, 'delete');
    if (!(await this.#ports.labels.delete(id))) throw labelNotFound(id);
    return label;
  }

  async attach(projectId: number, artifactId: number, labelId: number): Promise<void> {
    const outcome = await this.#ports.labels.attach(projectId, artifactId, labelId);
    switch (outcome) {
      case 'done':
        return;
      case 'attached':
        throw new AppError('conflict', `label ${labelId} is already added to the artifact`);
      case 'no-artifact':
        throw new AppError('not-found', `artifact ${artifactId} not found`);
      case 'no-label':
        throw labelNotFound(labelId);
    }
  }

  async detach(projectId: number, artifactId: number, labelId: number): Promise<void> {
    if (await this.#ports.labels.detach(projectId, artifactId, labelId)) return;
    throw new AppError('not-found', `label ${labelId} of the artifact not found`);
  }

  async #get(principal: Principal, id: number, action: LabelAction): Promise<Label> {
    const label = await this.#ports.labels.find(id);
    if (label === undefined || !(await knowsLabels(this.#ports, principal, label.projectId))) {
      throw principal.kind === 'anonymous' ? refusalFor(principal) : labelNotFound(id);
    }
    await authorizeLabels(this.#ports, principal, label.projectId, action);
    return label;
  }
}

function labelNotFound(id: number): AppError {
  return new AppError('not-found', `label ${id} not found`);
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', `label ${name} already exists`);
}
