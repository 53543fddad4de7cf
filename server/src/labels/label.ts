import { AppError } from '../lib/index.ts';

/** A coloured mark that users put on artifacts. */
export interface Label extends LabelText {
  readonly id: number;
  /** Undefined for a label of the system, which every project may use. */
  readonly projectId: number | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What can change. */
export interface LabelText {
  readonly name: string;
  readonly description: string;
  readonly color: string;
}

const MAX_NAME_BYTES = 128;

/** @throws AppError invalid: no name, or one over 128 bytes */
export function checkLabelName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new AppError('invalid', 'the name of a label cannot be empty');
  if (bytes > MAX_NAME_BYTES) {
    throw new AppError('invalid', `the name of a label has ${MAX_NAME_BYTES} bytes at most`);
  }
}
