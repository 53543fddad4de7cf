import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { openPortalWorld } from './portal-world.ts';

/** From the first start to a project with an image. */
export function createFirstSteps(context: Context): Step[] {
  return [
    {
      name: 'what is no API answers the portal, with a policy that lets nothing foreign in',
      async run() {
        const { url } = await openPortalWorld(context);
        const response = await fetch(`${url}/projects`, { headers: { accept: 'text/html' } });
        assertEqual(response.status, 200, 'the page');
        const policy = response.headers.get('content-security-policy') ?? '';
        assertEqual(policy.includes("script-src 'self'"), true, policy);
      },
    },
  ];
}
