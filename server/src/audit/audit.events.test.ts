import { describe, expect, it } from 'vitest';
import { auditEventTypes, isNamedIn, isPurgeable, nameEvent } from './audit.events.ts';

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
    [['other'], event('login', 'user'), true],
    [['create_label'], event('create', 'label'), true],
    [[], event('create', 'label'), false],
  ])('%j with %j is %s', (names, event, isNamed) => {
    expect(isNamedIn(new Set(names), event)).toBe(isNamed);
  });
});

describe('what is recorded', () => {
  // Harbor's names of what it records, from its model of the audit log.
  it.each([
    ['create_artifact', 'create', 'artifact'],
    ['delete_artifact', 'delete', 'artifact'],
    ['pull_artifact', 'pull', 'artifact'],
    ['create_project', 'create', 'project'],
    ['update_project', 'update', 'project'],
    ['delete_project', 'delete', 'project'],
    ['delete_repository', 'delete', 'repository'],
    ['login_user', 'login', 'user'],
    ['logout_user', 'logout', 'user'],
    ['create_user', 'create', 'user'],
    ['update_user', 'update', 'user'],
    ['delete_user', 'delete', 'user'],
    ['create_robot', 'create', 'robot'],
    ['delete_robot', 'delete', 'robot'],
    ['create_member', 'create', 'member'],
    ['update_member', 'update', 'member'],
    ['delete_member', 'delete', 'member'],
    ['update_configuration', 'update', 'configuration'],
  ])('is purged as %s, and as other unless it is about artifacts', (name, operation, type) => {
    expect(isPurgeable(name)).toBe(true);
    expect(isNamedIn(new Set([name]), event(operation, type))).toBe(true);
    const rest = new Set<string>(auditEventTypes.filter((known) => known !== name));
    expect(isNamedIn(rest, event(operation, type))).toBe(false);
    expect(isNamedIn(new Set(['other']), event(operation, type))).toBe(type !== 'artifact');
  });

  it('without a name of its own is purged as other', () => {
    expect(isPurgeable('other')).toBe(true);
    expect(isPurgeable('create_webhook')).toBe(false);
    expect(isNamedIn(new Set(auditEventTypes), event('create', 'webhook'))).toBe(false);
    expect(isNamedIn(new Set(['other']), event('create', 'webhook'))).toBe(true);
    expect(isNamedIn(new Set(['other']), event('update', 'artifact'))).toBe(true);
  });
});
