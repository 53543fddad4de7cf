export {
  createExchange,
  type Exchange,
  type HeaderList,
  hasBody,
  sendEmpty,
  sendError,
  sendJson,
  start,
  welcomeBody,
} from './exchange.ts';
export { guardFlow } from './flow-guard.ts';
export { type ListPage, parsePage, presentLink } from './page-query.ts';
export { isPolicyRefusal, toOciError } from './v2-error.ts';
export { warningText } from './warning.ts';
