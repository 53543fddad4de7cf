import { column } from './common.ts';
import type { ChartGroup } from './types.ts';

export const chartGroupColumns = [
  column<ChartGroup>('Group', 'What people call it.', ({ spec }) => spec.name),
  column<ChartGroup>('Type', 'SelfBuilt, Imported or System.', ({ spec }) => spec.type),
  column<ChartGroup>('Visibility', 'Who may read.', ({ spec }) => spec.visibility),
  column<ChartGroup>('Charts', 'How many it has.', ({ status }) => status.chartCount, {
    type: 'integer',
  }),
  column<ChartGroup>('Phase', 'Where it is in its life.', ({ status }) => status.phase),
  column<ChartGroup>('Tenant', 'Whose it is.', ({ spec }) => spec.tenantID, { isWide: true }),
  column<ChartGroup>('Creator', 'Who made it.', ({ spec }) => spec.creator ?? '', {
    isWide: true,
  }),
  column<ChartGroup>('Display Name', 'Its title.', ({ spec }) => spec.displayName ?? '', {
    isWide: true,
  }),
];
