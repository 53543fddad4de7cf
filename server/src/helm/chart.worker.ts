import { serveTasks } from '../archives/index.ts';
import { performChartTask } from './chart-task.ts';

serveTasks(performChartTask);
