export { AppError, type AppErrorKind } from './app-error.ts';
export { type Background, createBackground, pause } from './background.ts';
export { followUp } from './follow-up.ts';
export { createKeyedMutex, type KeyedMutex } from './keyed-mutex.ts';
export { readOnlyRefusal } from './read-only.ts';
export { remember } from './remember.ts';
export { equalSecrets, generatePassword } from './secret.ts';
