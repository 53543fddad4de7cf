export { createLabelRepository } from './label.repository.ts';
export { labelsRoutes } from './labels.routes.ts';
export { createLabelsService } from './labels.service.ts';
