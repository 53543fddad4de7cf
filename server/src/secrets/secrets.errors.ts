/** A stored secret cannot be opened. Says nothing of the secret nor of the key. */
export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
  /** `damaged` also stands for a text that was sealed in another context. */
  readonly reason: 'unknown-key' | 'damaged';

  constructor(reason: 'unknown-key' | 'damaged', keyId?: string) {
    super(
      reason === 'unknown-key'
        ? `the stored secret was sealed with the key ${keyId}, which is not configured`
        : 'the stored secret is damaged or stands in the wrong place',
    );
    this.reason = reason;
  }
}

/** The key of the stored secrets cannot be used; tells the operator what to do. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}
