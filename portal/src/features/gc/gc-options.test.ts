import { expect, it } from 'vitest';
import { parseGcOptions, presentGcOptions } from './gc-options.ts';

it('the options of a schedule are read and sent back as they were', () => {
  const json = '{"dry_run":false,"workers":3,"purge_deleted":true,"delete_untagged":true}';
  expect(presentGcOptions(parseGcOptions(json))).toEqual({
    delete_untagged: true,
    purge_deleted: true,
    workers: 3,
  });
});

it('without a schedule nothing more is deleted than must be', () => {
  expect(parseGcOptions(undefined)).toEqual({
    deleteUntagged: false,
    purgeDeleted: false,
    workers: 1,
  });
});

it.each([undefined, 0, 11, 1.5])('%s workers are no options', (workers) => {
  expect(presentGcOptions({ ...parseGcOptions(undefined), workers })).toBeUndefined();
});
