export { addressGroup } from './address-group.ts';
export type { LoginBrake } from './brake.ts';
export type { CallerResolver } from './caller-resolver.ts';
export type { CliSecrets } from './cli-secrets.service.ts';
export { ldapSettings } from './ldap-source.ts';
export { createLogin, type Login, type LoginPorts } from './login.ts';
export type { PersonalTokensService } from './personal-tokens.service.ts';
export type { SessionsService } from './sessions.service.ts';
