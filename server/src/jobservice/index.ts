export { jobServiceRoutes } from './jobservice.routes.ts';
export { createJobService, type JobService, type JobServicePorts } from './jobservice.service.ts';
export { createLaunches } from './launch.repository.ts';
export { launchRoutes } from './launch.routes.ts';
export {
  createLaunchService,
  type JobKind,
  type LaunchPorts,
  type LaunchService,
  type SubmittableJobs,
} from './launch.service.ts';
