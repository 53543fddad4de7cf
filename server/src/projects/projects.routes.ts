import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { anonymous, type Principal, type UserPrincipal } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import { presentProject } from './project.presenter.ts';
import { projectHeadQuery, projectListQuery, projectRequest } from './projects.schema.ts';
import type { ProjectsService } from './projects.service.ts';

export interface ProjectsRoutesPorts {
  readonly projects: ProjectsService;
  /** The caller, or undefined when its credentials are wrong. */
  readonly authenticate: (header: string | undefined) => Promise<Principal | undefined>;
}

const BASE = '/api/v2.0/projects';

/** Harbor's `/projects`: create, list, head, get and delete. */
export function registerProjectsRoutes(app: FastifyInstance, ports: ProjectsRoutesPorts): void {
  const { projects } = ports;

  app.post(BASE, async (request, reply) => {
    const owner = await requireUser(request);
    const body = parse(projectRequest, request.body);
    const isPublic = body.metadata?.public === 'true' || (body.public ?? false);
    const created = await projects.createProject(owner, { name: body.project_name, isPublic });
    const byName = request.headers['x-resource-name-in-location'] === 'true';
    return reply
      .code(201)
      .header('location', `${BASE}/${byName ? created.name : created.id}`)
      .send();
  });

  app.get(BASE, async (request, reply) => {
    const principal = await requireKnown(request);
    const query = parse(projectListQuery, request.query);
    const isPublic =
      query.public === undefined ? undefined : query.public === 'true' || query.public === '1';
    const { page, page_size: size } = query;
    const found = await projects.listProjects(
      principal,
      { name: query.name, isPublic },
      { offset: (page - 1) * size, limit: size },
    );
    paginate(request, reply, { page, size, total: found.total });
    return reply.send(found.projects.map(presentProject));
  });

  app.head(BASE, async (request, reply) => {
    const user = await requireUser(request);
    const { project_name: name } = parse(projectHeadQuery, request.query);
    await projects.getProject(user, name);
    return reply.code(200).send();
  });

  app.get<{ Params: { project: string } }>(`${BASE}/:project`, async (request, reply) => {
    const principal = await requireKnown(request);
    return reply.send(presentProject(await projects.getProject(principal, reference(request))));
  });

  app.delete<{ Params: { project: string } }>(`${BASE}/:project`, async (request, reply) => {
    const user = await requireUser(request);
    await projects.deleteProject(user, reference(request));
    return reply.code(200).send();
  });

  async function requireKnown(request: FastifyRequest): Promise<Principal> {
    const header = request.headers.authorization;
    if (header === undefined) return anonymous;
    const principal = await ports.authenticate(header);
    if (principal === undefined) {
      throw new AppError('unauthenticated', 'the user name or the password is wrong');
    }
    return principal;
  }

  async function requireUser(request: FastifyRequest): Promise<UserPrincipal> {
    const principal = await requireKnown(request);
    if (principal.kind !== 'user') throw new AppError('unauthenticated', 'log in first');
    return principal;
  }
}

/** Harbor reads a number as an id, unless the caller says that it is a name. */
function reference(request: FastifyRequest<{ Params: { project: string } }>): string | number {
  const { project } = request.params;
  const isName = request.headers['x-is-resource-name'] === 'true';
  return !isName && /^\d{1,15}$/.test(project) ? Number(project) : project;
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AppError('invalid', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}

function paginate(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, size, total }: { page: number; size: number; total: number },
): void {
  const url = new URL(request.url, 'http://localhost');
  const link = (to: number, rel: string) => {
    url.searchParams.set('page', String(to));
    url.searchParams.set('page_size', String(size));
    return `<${url.pathname}${url.search}>; rel="${rel}"`;
  };
  const links = [];
  if (page > 1 && (page - 1) * size < total) links.push(link(page - 1, 'prev'));
  if (page * size < total) links.push(link(page + 1, 'next'));
  void reply.header('x-total-count', String(total));
  if (links.length > 0) void reply.header('link', links.join(' , '));
}
