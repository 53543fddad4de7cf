// What is made from other files of the repository must be what would be made now.
import { readFileSync } from 'node:fs';
import { makeRestTypes, REST_TYPES } from './rest-types.ts';

if (readFileSync(REST_TYPES, 'utf8') !== (await makeRestTypes())) {
  console.error(`${REST_TYPES} is not what docs/openapi.json gives: node scripts/rest-types.ts`);
  process.exitCode = 1;
}
