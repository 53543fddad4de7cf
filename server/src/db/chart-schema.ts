import type { ColumnType, Generated } from 'kysely';

export interface ChartRevisionTable {
  project_id: number;
  revision: Generated<number>;
  /** Written by the database alone. */
  raised_by: ColumnType<string, never, never>;
}

export interface ChartRepositoryRevisionTable {
  project_id: number;
  repository_id: number;
  revision: number;
}
