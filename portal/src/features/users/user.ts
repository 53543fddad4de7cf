import type { Answer } from '../../lib/api.ts';

/** An account as the list of users has it. */
export type User = Answer<'listUsers'>[number];
