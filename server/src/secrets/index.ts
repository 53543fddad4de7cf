export { ensureSecretKey } from './key-check.ts';
export { reseal } from './reseal.ts';
export { createSealedColumnRepository } from './sealed-column.repository.ts';
export { createSecretBox, type SecretBox } from './secret-box.ts';
export { loadSecretKey, parseSecretKey } from './secret-key.ts';
export { SecretBoxError, SecretKeyError } from './secrets.errors.ts';
export { createSecretsRepository, type SecretsRepository } from './secrets.repository.ts';
