export { createImmutability, type Immutability } from './immutability.ts';
export { createImmutableRuleRepository } from './immutable-rule.repository.ts';
export { immutableRulesRoutes } from './immutable-rules.routes.ts';
export {
  createImmutableRulesService,
  type ImmutableRulesService,
} from './immutable-rules.service.ts';
