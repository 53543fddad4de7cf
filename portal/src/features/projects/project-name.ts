/** What is wrong with a project's name; undefined when it may be one. */
export function findNameProblem(name: string): 'nameRule' | 'nameLong' | undefined {
  if (name.length > 255) return 'nameLong';
  return /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name) ? undefined : 'nameRule';
}
