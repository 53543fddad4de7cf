#!/usr/bin/env node
// `npx berth …`: hands over to the program under a Node that can run it.
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/run.mjs';

run([fileURLToPath(new URL('../src/main.ts', import.meta.url)), ...process.argv.slice(2)]);
