import { isRepositoryName } from './reference.ts';

/** One resource scope of a token request, `type(class):name:action,action`. */
export interface Scope {
  type: string;
  class?: string;
  name: string;
  actions: string[];
}

const MAX_SCOPE_LENGTH = 1024;
const MAX_SCOPES = 100;

const typeGrammar = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?$/;
const hostGrammar = /^[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*(?::[0-9]{1,5})?$/;
const actionGrammar = /^(?:[a-z]+|\*)$/;

/**
 * A scope in the grammar of Docker's token specification; undefined for any
 * other text or one over 1024 characters. The name may start with a host and
 * port, so the last colon is the one before the actions. Actions keep their
 * order and are given once; there may be none.
 */
export function parseScope(text: string): Scope | undefined {
  if (text.length > MAX_SCOPE_LENGTH) return undefined;
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === last) return undefined;

  const [, type, resourceClass] = typeGrammar.exec(text.slice(0, first)) ?? [];
  const name = text.slice(first + 1, last);
  if (type === undefined || !isResourceName(name)) return undefined;

  const actions = text
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '');
  if (!actions.every((action) => actionGrammar.test(action))) return undefined;
  return {
    type,
    ...(resourceClass !== undefined && { class: resourceClass }),
    name,
    actions: [...new Set(actions)],
  };
}

/**
 * The scopes of a token request's `scope` parameters, several in one separated
 * by spaces. Text in another grammar is passed over and so is all after the
 * 100th scope: asking wrongly grants nothing.
 */
export function parseScopes(params: readonly string[]): Scope[] {
  const scopes: Scope[] = [];
  for (const text of params.flatMap((param) => param.split(' '))) {
    if (scopes.length >= MAX_SCOPES) break;
    const scope = parseScope(text);
    if (scope !== undefined) scopes.push(scope);
  }
  return scopes;
}

/** The scope as text, the inverse of {@link parseScope}. */
export function formatScope(scope: Scope): string {
  const type = scope.class === undefined ? scope.type : `${scope.type}(${scope.class})`;
  return `${type}:${scope.name}:${scope.actions.join(',')}`;
}

function isResourceName(name: string): boolean {
  if (isRepositoryName(name)) return true;
  const slash = name.indexOf('/');
  if (slash === -1) return false;
  return hostGrammar.test(name.slice(0, slash)) && isRepositoryName(name.slice(slash + 1));
}
