export { createLabelRepository } from './label.repository.ts';
export { labelsRoutes } from './labels.routes.ts';
export { createLabelsService, type LabelsService } from './labels.service.ts';
