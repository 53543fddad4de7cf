/** Whether a namespace or a chart repository can have the name. */
export function isObjectName(name: string): boolean {
  return (
    /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name) &&
    !name.includes('-image-') &&
    !name.includes('-chart-')
  );
}
