export function isServing(argv: readonly string[]): boolean;
export function run(argv: readonly string[]): void;
