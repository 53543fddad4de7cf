/**
 * What is stored cannot be used: a secret that the key does not open, or a value that no version
 * known here wrote. The registry must not go on with a guess in its place.
 */
export class StoredConfigurationError extends Error {
  override readonly name = 'StoredConfigurationError';
  readonly keys: readonly string[];

  constructor(keys: readonly string[], options: { cause?: unknown } = {}) {
    super(`the stored configuration cannot be used: ${keys.join(', ')}`, options);
    this.keys = keys;
  }
}
