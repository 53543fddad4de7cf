import { describe, expect, it } from 'vitest';
import { type AuditEntry, cleanEntry } from './audit-entry.ts';

const now = new Date('2026-11-21T10:00:00.123Z');
const entry: AuditEntry = {
  operation: 'create',
  resourceType: 'artifact',
  resource: 'library/app:1',
  username: 'ann',
  succeeded: true,
};

describe('cleanEntry', () => {
  it('completes an entry', () => {
    expect(cleanEntry(entry, now)).toEqual({
      projectId: undefined,
      operation: 'create',
      resourceType: 'artifact',
      resource: 'library/app:1',
      username: 'ann',
      description: 'create artifact with name: library/app:1',
      succeeded: true,
      address: '',
      requestId: '',
      occurredAt: now,
    });
  });

  it('keeps what it is told', () => {
    const occurredAt = new Date(0);
    const told = { projectId: 7, description: 'why', address: '::1', requestId: 'r', occurredAt };
    expect(cleanEntry({ ...entry, ...told }, now)).toMatchObject(told);
  });

  it.each(['\r', '\n', '\0', '\u001b', '\u0085', '\u2028', '\u2029', '\u202e', '\u2066', '\ud800'])(
    'replaces %j wherever it stands',
    (evil) => {
      const record = cleanEntry(
        {
          operation: `o${evil}`,
          resourceType: `t${evil}`,
          resource: `r${evil}`,
          username: `u${evil}`,
          description: `d${evil}`,
          address: `a${evil}`,
          requestId: `i${evil}`,
          succeeded: false,
        },
        now,
      );
      expect(record).toMatchObject({
        operation: 'o\ufffd',
        resourceType: 't\ufffd',
        resource: 'r\ufffd',
        username: 'u\ufffd',
        description: 'd\ufffd',
        address: 'a\ufffd',
        requestId: 'i\ufffd',
      });
    },
  );

  it('cuts what is too long without leaving half a character', () => {
    const record = cleanEntry({ ...entry, resource: `${'x'.repeat(1023)}😀` }, now);
    expect(record.resource).toBe(`${'x'.repeat(1023)}\ufffd`);
    expect(record.description).toHaveLength(1024);
  });
});
