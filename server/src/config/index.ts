export { ConfigError } from './config.errors.ts';
export { type Config, parseConfig } from './config.ts';
export { readSettings, settings } from './settings.ts';
