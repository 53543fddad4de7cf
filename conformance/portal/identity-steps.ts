import type { Page } from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import { type Client, StepSkipped } from '../clients/client.ts';
import { ADMIN_DN, ADMIN_PASSWORD, PASSWORD as DIRECTORY_PASSWORD } from '../directory/entries.ts';
import { findSlapd, startSlapd } from '../directory/slapd.ts';
import { createAccountSteps } from './account-steps.ts';
import { createIdentityPortal, describeProvider, type IdentityPortal } from './identity-portal.ts';
import { assertAbsent, follow, PASSWORD } from './journey.ts';
import { findEnglish, findObstacles } from './judges.ts';
import { settled } from './portal-world.ts';

/** How people of a provider, of a directory and of nowhere come in, and what they set themselves. */
export const portalIdentity: Client = {
  name: 'portal-identity',
  tools: ['chromium', 'skopeo'],
  createSteps(context) {
    const { start, step } = createIdentityPortal(context);
    return [
      { name: 'start a registry, a provider and Chromium', run: async () => void (await start()) },
      step('the primary mode goes straight to the provider, and ?local=1 to the form', goStraight),
      step('the provider comes first where its people are most, a password second', chooseWay),
      step('sign in at the provider, choose a name, and be where the link led', onboard),
      step('people of a directory sign in with the form', signInByDirectory),
      step('axe finds nothing before the login, nor is there English in Chinese', judgeEntries),
      step('make an account of one’s own, where that is allowed', signUp),
      ...createAccountSteps(step),
    ];
  },
};

async function goStraight(portal: IdentityPortal): Promise<void> {
  const { provider, configure, open, password } = portal;
  await configure({
    auth_mode: 'oidc_auth',
    primary_auth_mode: true,
    ...describeProvider(provider),
  });
  const { page, close } = await open();
  await page.goto('/settings?tab=tokens');
  await page.waitForURL(`${provider.issuer}/interaction/*`);
  await page.getByLabel('Username').waitFor();
  await page.goto('/account/sign-in?local=1&redirect_url=%2Fadmin%2Fusers');
  await fillForm(page, 'ann', 'Wrong-1234');
  await page.getByText('If you belong to Test provider, sign in there.').waitFor();
  await fillForm(page, 'admin', password);
  await page.waitForURL('**/admin/users');
  await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
  await close();
}

async function chooseWay({ configure, open, password }: IdentityPortal): Promise<void> {
  await configure({ primary_auth_mode: false });
  const { page, visit, close } = await open();
  await visit('/account/sign-in?redirect_url=%2Flogs');
  await page.getByRole('link', { name: 'Sign in with Test provider' }).waitFor();
  await assertAbsent(page.getByLabel('Password', { exact: true }), 'fields for a password');
  await page.getByRole('link', { name: 'Use an account of this registry' }).click();
  await page.getByRole('link', { name: 'Back to signing in with Test provider' }).waitFor();
  await fillForm(page, 'admin', password);
  await page.waitForURL('**/logs');
  await close();
}

async function onboard(portal: IdentityPortal): Promise<void> {
  const { context, host, provider, configure, open } = portal;
  // From here on beside the registry's own people, whom the named mode would not let in.
  await configure({ auth_mode: 'db_auth', primary_auth_mode: false, oidc_enabled: true });
  const { page, visit, close } = await open();
  await page.goto('/settings?tab=cli-secret');
  await page.getByRole('link', { name: 'Sign in with Test provider' }).click();
  await page.waitForURL(`${provider.issuer}/interaction/*`);
  await page.getByLabel('Username').fill('bob');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/oidc-onboard?*');
  await page.getByRole('heading', { level: 1, name: 'Choose your name' }).waitFor();
  const name = page.getByLabel('Username');
  assertEqual(await name.inputValue(), 'bob', 'the name that is proposed');
  const goOn = page.getByRole('button', { name: 'Go on' });
  await name.fill('a,b');
  assertEqual(await goOn.isDisabled(), true, 'a wrong name cannot be sent');
  await name.fill('admin');
  await goOn.click();
  await page.getByRole('alert').waitFor();
  await name.fill('bob-chosen');
  await goOn.click();
  await page.waitForURL('**/settings?tab=cli-secret');
  await page.getByText('Signed in as bob-chosen').waitFor();
  const tabs = await page.getByRole('tab').allTextContents();
  assertEqual(tabs.includes('Password'), false, `tabs: ${tabs.join(', ')}`);
  const secret = await page.getByRole('textbox', { name: 'CLI secret' }).inputValue();
  const authfile = `${await context.directory('portal-identity')}/bob.json`;
  const login = ['login', '--tls-verify=false', '--authfile', authfile];
  const argv = [context.tool('skopeo'), ...login, '-u', 'bob-chosen', '--password-stdin', host];
  await context.run(argv, { input: secret });
  await context.refuse(argv, undefined, { input: `${secret}x` });
  await visit('/');
  await page.getByRole('button', { name: 'Account of bob-chosen' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  // The session at the provider ends as well.
  await page.waitForURL(`${provider.issuer}/session/end*`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/account/sign-in*');
  await settled(page);
  await page.goto('/settings');
  await page.waitForURL('**/account/sign-in*');
  await page.getByLabel('Password', { exact: true }).waitFor();
  await close();
}

async function signInByDirectory({ context, configure, open }: IdentityPortal): Promise<void> {
  const program = findSlapd();
  if (program === undefined) throw new StepSkipped('there is no slapd with memberof here');
  const { url, stop } = await startSlapd(program, await context.directory('portal-slapd'));
  try {
    await configure({
      ldap_enabled: true,
      ldap_url: url,
      ldap_search_dn: ADMIN_DN,
      ldap_search_password: ADMIN_PASSWORD,
      ldap_base_dn: 'ou=people,dc=berth,dc=test',
      ldap_filter: '(objectClass=inetOrgPerson)',
      ldap_uid: 'uid',
      ldap_scope: 2,
      ldap_verify_cert: false,
    });
    const { page, visit, close } = await open();
    await page.goto('/account/sign-in');
    await fillForm(page, 'carol', 'Wrong-1234');
    await page.getByRole('alert').waitFor();
    await fillForm(page, 'carol', DIRECTORY_PASSWORD);
    await page.getByRole('button', { name: 'Account of carol' }).waitFor();
    await visit('/settings');
    await page.getByText('This account comes from a directory or a provider').waitFor();
    await assertAbsent(page.getByRole('tab', { name: 'Password' }), 'tabs of the password');
    await close();
  } finally {
    await configure({ ldap_enabled: false });
    await stop();
  }
}

async function signUp({ configure, open }: IdentityPortal): Promise<void> {
  const { page, visit, close } = await open();
  await configure({ self_registration: false });
  await visit('/account/sign-up');
  await page.getByText('Nobody can sign up here').waitFor();
  await assertAbsent(page.getByRole('button', { name: 'Create account' }), 'buttons');
  await visit('/account/sign-in');
  await assertAbsent(page.getByRole('link', { name: 'Sign up' }), 'links');
  await configure({ self_registration: true });
  await visit('/account/sign-in?redirect_url=%2Fprojects');
  await follow(page, page.getByRole('link', { name: 'Sign up' }));
  await page.getByRole('heading', { level: 1, name: 'Create your account' }).waitFor();
  const create = page.getByRole('button', { name: 'Create account' });
  await page.getByLabel('Email').fill('dora@example.com');
  await page.getByLabel('Full name').fill('Dora Dock');
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat the password').fill(`${PASSWORD}x`);
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Email').focus();
  await page.getByText('This name is taken.').waitFor();
  await page.getByText('The two are not the same.').waitFor();
  assertEqual(await create.isDisabled(), true, 'what is wrong cannot be sent');
  await page.getByLabel('Username').fill('dora');
  await page.getByLabel('Repeat the password').fill(PASSWORD);
  await create.click();
  await page.waitForURL('**/projects');
  await page.getByRole('button', { name: 'Account of dora' }).waitFor();
  await close();
}

/** With a provider and with self registration, as strangers see them. */
async function judgeEntries({ configure, open }: IdentityPortal): Promise<void> {
  await configure({ self_registration: true });
  const found: string[] = [];
  for (const [locale, look] of [
    ['en-US', findObstacles],
    ['zh-CN', findEnglish],
  ] as const) {
    const visitor = await open({ locale });
    for (const name of ['/account/sign-in', '/account/sign-up', '/oidc-onboard?username=bob']) {
      await visitor.visit(name);
      found.push(...(await look({ visitor, name })));
    }
    await visitor.close();
  }
  assertEqual(found, [], 'findings');
}

/** The form with a password, on the page that is open. */
async function fillForm(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
