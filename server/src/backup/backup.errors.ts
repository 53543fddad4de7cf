import { AppError } from '../lib/index.ts';

/** A backup that cannot be used as it is; the message is a sentence for the operator. */
export class BackupDamagedError extends AppError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('unprocessable', message, options);
  }
}
