import { describe, expect, it } from 'vitest';
import { auditEventTypes } from './audit.events.ts';
import { purgeParameters } from './audit.job.ts';

const right = { audit_retention_hour: 24, include_event_types: 'create_artifact' };

describe('the parameters of a purge', () => {
  it.each([
    [right, { ...right, dry_run: false }],
    [
      { ...right, dry_run: true, purged_entries: 7 },
      { ...right, dry_run: true },
    ],
    [
      { audit_retention_hour: 240_000, include_event_types: ' Pull_Artifact , other,,other' },
      { audit_retention_hour: 240_000, include_event_types: 'pull_artifact,other', dry_run: false },
    ],
    [
      { audit_retention_hour: 0, include_event_types: '' },
      { audit_retention_hour: 0, include_event_types: '', dry_run: false },
    ],
  ])('%j are taken', (given, taken) => {
    expect(purgeParameters.parse(given)).toEqual(taken);
  });

  it('may name every event type', () => {
    const types = [...auditEventTypes, 'other'].join(',');
    const parsed = purgeParameters.parse({ ...right, include_event_types: types });
    expect(parsed.include_event_types).toBe(types);
  });

  it.each([
    {},
    { audit_retention_hour: 24 },
    { include_event_types: 'create_artifact' },
    { ...right, audit_retention_hour: -1 },
    { ...right, audit_retention_hour: 240_001 },
    { ...right, audit_retention_hour: 1.5 },
    { ...right, audit_retention_hour: '24' },
    { ...right, include_event_types: ['create_artifact'] },
    { ...right, include_event_types: 'create_artifact,nonsense' },
    { ...right, include_event_types: "x'); DROP TABLE audit_log; --" },
    { ...right, dry_run: 'true' },
    { ...right, dryRun: true },
  ])('%j are refused', (given) => {
    expect(purgeParameters.safeParse(given).success).toBe(false);
  });
});
