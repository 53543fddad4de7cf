/** The settings cannot be used. `faults` holds one sentence for each, in one list. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration has ${faults.length} fault(s):\n  ${faults.join('\n  ')}`);
    this.faults = faults;
  }
}
