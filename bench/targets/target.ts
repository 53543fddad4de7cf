import type { TargetId } from '../figure.ts';
import type { Address } from '../load/connection.ts';

/** A server under measurement. All of them speak enough of the OCI distribution API. */
export interface Target {
  readonly id: TargetId;
  /** Where it answers; changes with every start. */
  address(): Address;
  /** Main process; its descendants belong to it. */
  pid(): number;
  /** Starts it, on the data it already has; resolves when it is ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  discard(): Promise<void>;
  /** Headers that allow pull and push in `repositories`, and the catalog. */
  authorize(repositories: readonly string[]): Promise<Record<string, string>>;
}
