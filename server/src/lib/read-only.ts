import { AppError } from './app-error.ts';

/** What every change is refused with while the setting `read_only` is on; Harbor's sentence. */
export function readOnlyRefusal(): AppError {
  return new AppError(
    'refused',
    'The system is in read only mode. Any modification is prohibited.',
  );
}
