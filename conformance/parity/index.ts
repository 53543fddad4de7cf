import type { Operation } from './operation.ts';
import { contentOperations } from './operations-content.ts';
import { identityOperations } from './operations-identity.ts';
import { workOperations } from './operations-work.ts';

export type { Operation } from './operation.ts';

export const operations: readonly Operation[] = [
  ...identityOperations,
  ...contentOperations,
  ...workOperations,
];
