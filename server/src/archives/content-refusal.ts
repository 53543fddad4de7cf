import { AppError } from '../lib/index.ts';

/**
 * What was pushed cannot be shown, whoever asks: `too-large`, `unprocessable`, or `unavailable`
 * when reading it took too long. Failures of storage are other errors.
 */
export class ContentRefusal extends AppError {}
