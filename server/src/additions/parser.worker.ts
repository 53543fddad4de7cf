import { serveTasks } from '../archives/index.ts';
import { perform } from './task.ts';

serveTasks(perform);
