import { describe, expect, it } from 'vitest';
import { auditEventTypes, isNamedIn, nameEvent } from './audit.events.ts';

const event = (operation: string, resourceType: string) => ({ operation, resourceType });

describe('event types', () => {
  it('are named by operation and resource', () => {
    expect(nameEvent(event('create', 'artifact'))).toBe('create_artifact');
    expect(nameEvent(event('login', 'user'))).toBe('login_user');
  });

  it('are each named once', () => {
    expect(new Set(auditEventTypes).size).toBe(auditEventTypes.length);
  });

  it.each([
    [['create_artifact'], event('create', 'artifact'), true],
    [['create_artifact'], event('delete', 'artifact'), false],
    [['other'], event('create', 'artifact'), false],
    [['other'], event('create', 'label'), true],
    [['create_label'], event('create', 'label'), true],
    [[], event('create', 'label'), false],
  ])('%j with %j is %s', (names, event, isNamed) => {
    expect(isNamedIn(new Set(names), event)).toBe(isNamed);
  });
});
