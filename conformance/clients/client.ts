import type { Context } from './context.ts';
import type { ToolName } from './tool-name.ts';

/** One thing that a client must be able to do; it fails by throwing. */
export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

/** A real client: what it needs and what it must show. */
export interface Client {
  readonly name: string;
  /** All must be there; the first is the one whose version is printed. */
  readonly tools: readonly ToolName[];
  /** Steps in order; later ones may use what earlier ones left in the registry. */
  createSteps(context: Context): Step[];
}

/** Thrown by a step that cannot be judged here; the message says why. */
export class StepSkipped extends Error {}
