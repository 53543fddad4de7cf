export {
  createTkeControllers,
  type TkeControllers,
  type TkeControllersPorts,
} from './controllers.ts';
export type { FetchRemote, RemoteRequest } from './remote-charts.ts';
