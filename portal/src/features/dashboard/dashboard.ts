import type { Answer } from '../../lib/api.ts';

/** What the first page is made of. */
export type Dashboard = Answer<'getDashboard'>;
