export { createImmutability } from './immutability.ts';
export { createImmutableRuleRepository } from './immutable-rule.repository.ts';
export { immutableRulesRoutes } from './immutable-rules.routes.ts';
export { createImmutableRulesService } from './immutable-rules.service.ts';
