import type { Config } from '../config/index.ts';

/** Makes the action of a command of `run`, which gets the configuration and gives the exit code. */
export type WithConfig = <A extends unknown[]>(
  run: (config: Config, ...rest: A) => Promise<number>,
) => (...rest: A) => Promise<void>;
