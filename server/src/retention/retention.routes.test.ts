import { describe, expect, it } from 'vitest';
import { findOpenApiFaults, presentOpenApi } from '../api/index.ts';
import { presentMetadata } from './retention.presenter.ts';
import { retentionRoutes } from './retention.routes.ts';
import { metadataModel, retentionPageQuery, runRequest } from './retention.schema.ts';

describe('the routes of retention', () => {
  it("are Harbor's, by its names", () => {
    const unused = () => Promise.reject(new Error('not called'));
    const routes = retentionRoutes({
      policies: {
        getPolicy: unused,
        createPolicy: unused,
        updatePolicy: unused,
        deletePolicy: unused,
      },
      executions: {
        startExecution: unused,
        stopExecution: unused,
        listExecutions: unused,
        listTasks: unused,
        getTaskLog: unused,
      },
    });
    expect(
      routes.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`),
    ).toEqual([
      'GET /retentions/metadatas getRentenitionMetadata',
      'POST /retentions createRetention',
      'GET /retentions/{id} getRetention',
      'PUT /retentions/{id} updateRetention',
      'DELETE /retentions/{id} deleteRetention',
      'POST /retentions/{id}/executions triggerRetentionExecution',
      'PATCH /retentions/{id}/executions/{eid} operateRetentionExecution',
      'GET /retentions/{id}/executions listRetentionExecutions',
      'GET /retentions/{id}/executions/{eid}/tasks listRetentionTasks',
      'GET /retentions/{id}/executions/{eid}/tasks/{tid} getRetentionTaskLog',
    ]);
    expect(findOpenApiFaults(presentOpenApi(routes, { version: '1' }))).toEqual([]);
  });

  it("offer Harbor's templates, without those that it hides, and ours", () => {
    const { templates, tag_selectors: tags } = metadataModel.parse(presentMetadata());
    expect(templates.map(({ rule_template: name }) => name)).toEqual([
      'latestPushedK',
      'latestPulledN',
      'nDaysSinceLastPush',
      'nDaysSinceLastPull',
      'always',
      'latestSemverK',
    ]);
    expect(templates[0]).toEqual({
      rule_template: 'latestPushedK',
      display_text: 'the most recently pushed # artifacts',
      action: 'retain',
      params: [{ type: 'int', unit: 'COUNT', required: true }],
    });
    expect(tags.map(({ kind }) => kind)).toEqual(['doublestar', 'regex', 'semver']);
  });

  it('list all where no size of the page is asked for, and run for real unless told', () => {
    expect(retentionPageQuery.parse({})).toEqual({ page: 1, page_size: 0 });
    expect(runRequest.parse({}).dry_run).toBeUndefined();
  });
});
