export { nextAfter, parseCron } from './cron.ts';
export type {
  CronType,
  NewSchedule,
  Schedule,
  ScheduleDirectory,
  ScheduledWork,
  Schedules,
} from './schedule.ts';
export { createScheduler, type Scheduler, type SchedulerPorts } from './scheduler.ts';
export { createSchedules } from './schedules.repository.ts';
