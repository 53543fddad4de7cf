import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import { writeImageLayout } from '../clients/layout.ts';
import type { IdentityPortal } from './identity-portal.ts';
import { PASSWORD } from './journey.ts';

const NEXT_PASSWORD = 'Harbour-1793';
const ERIC = 'eric';

type CreateStep = (name: string, run: (portal: IdentityPortal) => Promise<void>) => Step;

/** What people set for themselves: password, tokens, sessions. */
export function createAccountSteps(step: CreateStep): Step[] {
  return [
    step('change the password, and stay signed in', changePassword),
    step('a token is shown once, and is a password for skopeo until it is deleted', useToken),
    step('a session that is ended elsewhere asks for the password', endSession),
  ];
}

async function changePassword({ api, open }: IdentityPortal): Promise<void> {
  const body = {
    username: ERIC,
    email: 'eric@example.com',
    realname: 'Eric',
    password: PASSWORD,
  };
  await api({ method: 'POST', path: '/users', body }, 201);
  const { page, visit, signIn, close } = await open();
  await signIn(ERIC, PASSWORD);
  await visit('/settings?tab=password');
  const set = page.getByRole('button', { name: 'Set password' });
  const change = async (current: string, next: string) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(next);
    await page.getByLabel('Repeat the password').fill(next);
  };
  await change(PASSWORD, 'short');
  assertEqual(await set.isDisabled(), true, 'a weak password cannot be sent');
  await change('Wrong-1234', NEXT_PASSWORD);
  await set.click();
  await page.getByText('The current password is wrong.').waitFor();
  await change(PASSWORD, NEXT_PASSWORD);
  await set.click();
  await page.getByText('The password has been changed').waitFor();
  const current = { path: '/users/current' };
  await api({ ...current, login: `${ERIC}:${PASSWORD}` }, 401);
  await api({ ...current, login: `${ERIC}:${NEXT_PASSWORD}` }, 200);
  await visit('/settings?tab=sessions');
  await page.getByText(`Signed in as ${ERIC}`).waitFor();
  await page.getByText('This one').waitFor();
  await close();
}

async function useToken(portal: IdentityPortal): Promise<void> {
  const { context, host, api, open } = portal;
  const body = { project_name: 'erics', metadata: { public: 'false' } };
  const login = `${ERIC}:${NEXT_PASSWORD}`;
  await api({ method: 'POST', path: '/projects', body, login }, 201);
  const { page, visit, signIn, close } = await open();
  await signIn(ERIC, NEXT_PASSWORD);
  await visit('/settings?tab=tokens');
  await page.getByText('No tokens yet').waitFor();
  await page.getByRole('button', { name: 'New token' }).click();
  const form = page.getByRole('dialog', { name: 'New token' });
  await form.getByLabel('Name').fill('laptop');
  await form.getByRole('checkbox', { name: 'Push' }).check();
  await form.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('dialog', { name: 'Token laptop has been made' });
  await shown.getByText('Copy it now').waitFor();
  const token = (await shown.getByLabel('Token', { exact: true }).textContent()) ?? '';
  await shown.getByRole('button', { name: 'I have copied it' }).click();
  await shown.waitFor({ state: 'hidden' });
  const row = page.getByRole('row').filter({ hasText: 'laptop' });
  await row.getByText('Push').waitFor();
  assertEqual((await page.content()).includes(token), false, 'the token on the page');

  const { directory } = await writeImageLayout(await context.directory('portal-identity/image'));
  const flags = ['--dest-tls-verify=false', '--dest-creds', `${ERIC}:${token}`];
  const places = [`oci:${directory}:1`, `docker://${host}/erics/app:1`];
  const copy = [context.tool('skopeo'), 'copy', ...flags, ...places];
  await context.run(copy);
  await row.getByRole('button', { name: 'Delete: laptop' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete the token laptop?' });
  await dialog.getByRole('button', { name: 'Delete token' }).click();
  await page.getByText('No tokens yet').waitFor();
  await context.refuse(copy);
  await close();
}

async function endSession({ open }: IdentityPortal): Promise<void> {
  const there = await open();
  await there.signIn(ERIC, NEXT_PASSWORD);
  await there.visit('/settings?tab=preferences');
  const here = await open();
  await here.signIn(ERIC, NEXT_PASSWORD);
  await here.visit('/settings?tab=sessions');
  const end = here.page.getByRole('button', { name: /^Sign out there: / });
  // Those of browsers that were closed meanwhile are still there.
  await end.first().waitFor();
  await here.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  const confirmation = here.page.getByRole('dialog', { name: /^Sign out in / });
  await confirmation.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await end.first().waitFor({ state: 'detached' });
  await here.page.getByText('This one').waitFor();

  await there.page.getByRole('tab', { name: 'Access tokens' }).click();
  const dialog = there.page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('Password', { exact: true }).fill(NEXT_PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await there.page.getByText('No tokens yet').waitFor();
  await here.page.reload();
  await end.first().click();
  const one = here.page.getByRole('dialog', { name: /^Sign out in / });
  await one.getByRole('button', { name: 'Sign out there' }).click();
  await end.first().waitFor({ state: 'detached' });
  await there.page.reload();
  await there.page.waitForURL('**/account/sign-in*');
  await there.close();
  await here.close();
}
