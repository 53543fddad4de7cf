export type { ChartAudit, TkeChartPorts } from './chart-call.ts';
export { type ChartDoor, createHarborDoor, createOwnDoor } from './chart-door.ts';
export { registerTkeChartRoutes } from './charts.routes.ts';
