export { permissionsRoutes } from './permissions.routes.ts';
export { createRobotRepository, type RobotRepository } from './robot.repository.ts';
export type { Robot, RobotSecretBox, RobotTrust } from './robot.ts';
export {
  createRobotAuthenticator,
  type RobotAuthenticator,
  type RobotAuthenticatorPorts,
  type RobotLogin,
  type WorkloadVerifier,
} from './robot-authenticator.ts';
export { createRobotDirectory, type RobotDirectory } from './robot-directory.ts';
export { type RobotsRoutesPorts, robotsRoutes } from './robots.routes.ts';
export { createRobotsService, type RobotsPorts, type RobotsService } from './robots.service.ts';
