/** What a route needs of its caller, as data: tests walk all routes with all kinds of callers. */
export type Requirement =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'system'; readonly resource: string; readonly action: string }
  | {
      readonly kind: 'project';
      readonly resource: string;
      readonly action: string;
      /** Refuses anonymous callers also where the project is public. */
      readonly authenticated: boolean;
    }
  | {
      readonly kind: 'decided';
      /** In words, for the API page; the service that is called decides. */
      readonly rule: string;
    };

export type ProjectRequirement = Extract<Requirement, { kind: 'project' }>;

/** Open to all, logged in or not. */
export const anyone = { kind: 'anyone' } as const;

/** Any user or robot. */
export const authenticated = { kind: 'authenticated' } as const;

/** A right in the system, such as `system('user', 'list')`. */
export function system(resource: string, action: string) {
  return { kind: 'system', resource, action } as const;
}

/**
 * A right in the project that the path names (`{project_name_or_id}` or `{project_name}`), such as
 * `project('member', 'list')`.
 */
export function project(
  resource: string,
  action: string,
  { authenticated = false }: { authenticated?: boolean } = {},
): ProjectRequirement {
  return { kind: 'project', resource, action, authenticated };
}

/** Depends on the object; the service decides. `rule` says what it looks at. */
export function decided(rule: string) {
  return { kind: 'decided', rule } as const;
}
