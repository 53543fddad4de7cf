import { assertEqual } from './assertion.ts';
import type { Step } from './client.ts';
import { assertGoStruct, fieldOf, goConfiguration, textOf } from './go-struct.ts';
import { read, type World } from './terraform-world.ts';

/** `harbor_config_system` and `harbor_config_auth`. */
export function createConfigurationSteps(world: World): Step[] {
  const { admin } = world;
  const path = '/configurations';
  const restore = async (names: readonly string[], before: unknown) => {
    const body = Object.fromEntries(
      names.map((name) => [name, fieldOf(fieldOf(before, name), 'value')]),
    );
    await admin.send({ method: 'PUT', path, body }, 200);
  };
  return [
    {
      name: 'harbor_config_system: update and read',
      async run() {
        const before = await read(world, path);
        const banner = { closable: true, message: 'm', type: 'info', fromDate: '', toDate: '' };
        const body = {
          project_creation_restriction: 'adminonly',
          read_only: false,
          scanner_skip_update_pulltime: true,
          robot_token_duration: 60,
          token_expiration: 30,
          session_timeout: 60,
          quota_per_project_enable: true,
          robot_name_prefix: 'robot$',
          storage_per_project: -1,
          skip_audit_log_database: false,
          banner_message: JSON.stringify(banner),
          notification_enable: true,
        };
        await admin.send({ method: 'PUT', path, body }, 200);
        const after = await read(world, path);
        for (const [name, value] of Object.entries(body)) {
          assertEqual(fieldOf(fieldOf(after, name), 'value'), value, name);
        }
        await restore(Object.keys(body), before);
      },
    },
    {
      name: 'harbor_config_auth: read, and the settings of LDAP with its mode',
      async run() {
        const before = await read(world, path);
        assertGoStruct(
          fieldOf(before, 'auth_mode'),
          { value: 'string!', editable: 'bool!' },
          'mode',
        );
        const mode = textOf(fieldOf(before, 'auth_mode'), 'value');
        const body = {
          // Another one would be refused as soon as there are users.
          auth_mode: mode,
          primary_auth_mode: false,
          ldap_url: 'ldap://127.0.0.1:1',
          ldap_search_dn: 'cn=search,dc=example',
          ldap_search_password: 'secret',
          ldap_base_dn: 'dc=example',
          ldap_uid: 'uid',
          ldap_group_membership_attribute: 'memberof',
          // Sent in any mode.
          ldap_verify_cert: false,
          ldap_scope: 2,
          ldap_group_search_scope: 2,
          oidc_verify_cert: false,
          oidc_auto_onboard: false,
          oidc_logout: false,
          self_registration: false,
        };
        await admin.send({ method: 'PUT', path, body }, 200);
        const after = await read(world, path);
        for (const [name, rule] of Object.entries(goConfiguration)) {
          const item = fieldOf(after, name);
          if (item !== undefined) assertGoStruct(item, { value: rule, editable: 'bool!' }, name);
        }
        assertEqual(fieldOf(after, 'ldap_search_password'), undefined, 'ldap_search_password');
        const flags = Object.keys(body).filter((name) =>
          /_verify_|self_|oidc_|primary_/.test(name),
        );
        await restore(flags, before);
      },
    },
  ];
}
