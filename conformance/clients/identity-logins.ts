import { join } from 'node:path';
import { type Client, type Step, StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import type { Login } from './go-client.ts';
import { type AccountKind, accountKinds } from './identity-accounts.ts';
import { createRefusalSteps } from './identity-refusals.ts';
import { createIdentityWorld, type IdentityWorld } from './identity-world.ts';
import { type Layout, writeImageLayout } from './layout.ts';
import { podmanCommand } from './podman.ts';
import { pullAndCompare, pushLayout } from './skopeo.ts';

const PLAIN = '--tls-verify=false';

/** Every way to log in, with two programs: who is let in, where to, and who is not. */
export const identityLogins: Client = {
  name: 'identity-logins',
  tools: ['skopeo', 'podman', 'slapd'],
  createSteps(context) {
    const world = createIdentityWorld(context);
    return [
      createStartStep(world),
      ...accountKinds.flatMap((kind) => createKindSteps(world, kind)),
      ...createRefusalSteps(world),
    ];
  },
};

function createStartStep(world: IdentityWorld): Step {
  const { context, admin, own, other } = world;
  return {
    name: 'configure LDAP and OIDC beside the own users, make two private projects',
    async run() {
      await world.start();
      for (const project_name of [own, other]) {
        const body = { project_name, metadata: { public: 'false' } };
        await admin.send({ method: 'POST', path: '/projects', body }, 201);
        const layout = await writeImageLayout(await context.directory(`identity/${project_name}`));
        await pushLayout(context, layout, `${project_name}/image:admin`);
      }
    },
  };
}

function createKindSteps(world: IdentityWorld, kind: AccountKind): Step[] {
  const { context, own, other } = world;
  const id = kind.name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  let login: Login | undefined;
  const getLogin = () => {
    if (login === undefined) throw new StepSkipped('there is no such account');
    return login;
  };
  const authOf = async (tool: 'skopeo' | 'podman') =>
    join(await context.directory(`identity/${id}`), `${tool}.json`);
  return [
    {
      name: `${kind.name}: make the account`,
      async run() {
        login = await kind.make(world);
      },
    },
    {
      name: `${kind.name}: skopeo logs in, pushes and pulls there, and nowhere else`,
      async run() {
        const authFile = await authOf('skopeo');
        await logIn(context, 'skopeo', getLogin(), authFile);
        const env = { REGISTRY_AUTH_FILE: authFile };
        const layout = await writeImageLayout(await context.directory(`identity/${id}/image`));
        await pushLayout(context, layout, `${own}/${id}:1`, { env });
        const target = { reference: `${own}/${id}:1`, name: `identity/${id}/pulled` };
        await pullAndCompare(context, layout, target, { env });
        await refusePush(context, layout, `${other}/${id}:1`, env);
        await refusePush(context, layout, `library/${id}:1`, env);
        await refuseInspect(context, `${other}/image:admin`, env);
      },
    },
    {
      name: `${kind.name}: podman logs in and pulls there, and nowhere else`,
      async run() {
        const authFile = await authOf('podman');
        await logIn(context, 'podman', getLogin(), authFile);
        const pull = async (reference: string) => [
          ...(await podmanCommand(context)),
          'pull',
          '--quiet',
          PLAIN,
          '--authfile',
          authFile,
          `${context.registry.host}/${reference}`,
        ];
        await context.run(await pull(`${own}/image:admin`));
        await context.refuse(await pull(`${other}/image:admin`));
      },
    },
  ];
}

async function logIn(
  context: Context,
  tool: 'skopeo' | 'podman',
  { username, password }: Login,
  authFile: string,
): Promise<void> {
  const program = tool === 'podman' ? await podmanCommand(context) : [context.tool('skopeo')];
  const options = ['login', PLAIN, '--authfile', authFile, '--username', username];
  const argv = [...program, ...options, '--password-stdin', context.registry.host];
  await context.run(argv, { input: password });
}

async function refusePush(
  context: Context,
  layout: Layout,
  reference: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const source = `oci:${layout.directory}:${layout.tag}`;
  const target = `docker://${context.registry.host}/${reference}`;
  const argv = [context.tool('skopeo'), 'copy', '--dest-tls-verify=false', source, target];
  await context.refuse(argv, undefined, { env });
}

async function refuseInspect(
  context: Context,
  reference: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const target = `docker://${context.registry.host}/${reference}`;
  const argv = [context.tool('skopeo'), 'inspect', '--raw', PLAIN, target];
  await context.refuse(argv, undefined, { env });
}
