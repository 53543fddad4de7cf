import { type Answer, api, type Body, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConnectionTest } from './connection-test.tsx';
import { type ConfigurationForm, useConfigurationForm, valueOf } from './draft.ts';
import { configurationMessages } from './messages.ts';

/** Asks the directory with what was typed. */
export function LdapTest() {
  const m = useMessages(configurationMessages);
  const form = useConfigurationForm();
  async function test(): Promise<string | undefined> {
    const answer: Answer<'pingLdap'> = await one(
      api.POST('/api/v2.0/ldap/ping', { body: bodyOf(form) }),
    );
    if (answer.success) return undefined;
    return answer.message || m.testFails;
  }
  return <ConnectionTest onTest={test} isDisabled={valueOf(form, 'ldap_url') === ''} />;
}

function bodyOf(form: ConfigurationForm): Body<'pingLdap'> {
  const text = (key: string) => String(valueOf(form, key));
  const scope = valueOf(form, 'ldap_scope');
  const password = text('ldap_search_password');
  return {
    ldap_url: text('ldap_url'),
    ldap_search_dn: text('ldap_search_dn'),
    ldap_base_dn: text('ldap_base_dn'),
    ldap_filter: text('ldap_filter'),
    ldap_uid: text('ldap_uid'),
    ldap_scope: scope === 0 || scope === 1 ? scope : 2,
    ldap_connection_timeout: Number(valueOf(form, 'ldap_timeout')),
    ldap_verify_cert: valueOf(form, 'ldap_verify_cert') === true,
    // Left out, the stored one is used.
    ...(password !== '' && { ldap_search_password: password }),
  };
}
