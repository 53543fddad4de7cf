import { type Cause, StatusError } from '../../kube/index.ts';
import { GROUP } from './types.ts';

const quote = (value: string) => JSON.stringify(value);

/** Causes worded as Kubernetes words the errors of fields. */
export const causes = {
  required: (field: string, detail: string): Cause => ({
    reason: 'FieldValueRequired',
    message: `Required value: ${detail}`,
    field,
  }),
  duplicate: (field: string, value: string): Cause => ({
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${quote(value)}`,
    field,
  }),
  invalid: (field: string, value: string, detail: string): Cause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${quote(value)}: ${detail}`,
    field,
  }),
  notSupported: (field: string, value: string, supported: readonly string[]): Cause => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${quote(value)}: supported values: ${supported.toSorted().map(quote).join(', ')}`,
    field,
  }),
  notFound: (field: string, value: string): Cause => ({
    reason: 'FieldValueNotFound',
    message: `Not found: ${quote(value)}`,
    field,
  }),
  forbidden: (field: string, detail: string): Cause => ({
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${detail}`,
    field,
  }),
};

/** The 422 for an object, with all its causes. */
export function invalidObject(kind: string, name: string, list: readonly Cause[]): StatusError {
  const details = list.map(({ field, message }) => `${field}: ${message}`);
  const text = details.length === 1 ? details[0] : `[${details.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${kind}.${GROUP} ${quote(name)} is invalid: ${text}`, {
    details: { name, group: GROUP, kind, causes: list },
  });
}
