/** Reads a flag of a selector's `extras`, which are JSON; what is not told is as by default. */
export function flagOf(extras: string | undefined, name: string, byDefault: boolean): boolean {
  try {
    const value: unknown = JSON.parse(extras ?? '{}');
    if (typeof value !== 'object' || value === null) return byDefault;
    const flag: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
    return typeof flag === 'boolean' ? flag : byDefault;
  } catch {
    return byDefault;
  }
}
