/** One step of how an image was built (image-spec, "Image Configuration"). */
export interface BuildStep {
  readonly created?: string | undefined;
  readonly createdBy: string;
  readonly comment?: string | undefined;
  /** True when it made no layer. */
  readonly isEmpty: boolean;
}

/** What an image says of itself, as far as it is of the types that it should be. Crosses threads. */
export interface ImageConfig {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
  readonly created?: string | undefined;
  readonly author?: string | undefined;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly stopSignal?: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly history: readonly BuildStep[];
}
