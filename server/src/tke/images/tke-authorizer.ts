import { OciError } from '@berth/oci';
import {
  type ActionSet,
  type AskedRequest,
  type AuthorizedCaller,
  type Authorizer,
  actions,
  anonymous,
  type Caller,
  type ProjectDirectory,
  projectName,
  type ShownRequest,
} from '../../access/index.ts';
import type { Passage, Passages } from './passage.ts';

export interface TkeAuthorizerPorts {
  readonly passages: Passages;
  readonly projects: Pick<ProjectDirectory, 'peekPolicy' | 'findPolicy'>;
}

/**
 * The authorizer of this registry's distribution API behind the TKE view: it lets through what
 * the front let through, and nothing that did not come that way.
 */
export function createTkeAuthorizer(ports: TkeAuthorizerPorts): Authorizer {
  return new PassageAuthorizer(ports);
}

class PassageAuthorizer implements Authorizer {
  readonly #ports: TkeAuthorizerPorts;

  constructor(ports: TkeAuthorizerPorts) {
    this.#ports = ports;
  }

  peek(request: AskedRequest, repository: string, needed: ActionSet) {
    const passage = this.#find(request, repository, needed);
    if (passage === undefined) return undefined;
    const project = this.#ports.projects.peekPolicy(projectName(repository));
    if (project === undefined) return undefined;
    return { principal: passage.admission.caller.principal, projectId: project.id };
  }

  async authorize(
    { request }: ShownRequest,
    repository: string,
    needed: ActionSet,
  ): Promise<AuthorizedCaller> {
    const passage = this.#find(request, repository, needed);
    if (passage === undefined) throw new OciError('DENIED');
    const project = await this.#ports.projects.findPolicy(projectName(repository));
    if (project === undefined) throw new OciError('NAME_UNKNOWN');
    const { caller, allowed } = passage.admission;
    const mayPush = (allowed & actions.push) !== 0;
    return { ...callerOf(caller.principal), projectId: project.id, mayPush };
  }

  authenticate({ request }: ShownRequest): Promise<Caller> {
    const passage = this.#ports.passages.get(request);
    return Promise.resolve(callerOf(passage?.admission.caller.principal ?? anonymous));
  }

  /** The front leaves no source of a mount in a request that the caller may not pull. */
  mayPull(): Promise<boolean> {
    return Promise.resolve(true);
  }

  #find(
    request: AskedRequest,
    repository: string,
    needed: ActionSet,
  ): Pick<Passage, 'admission'> | undefined {
    const passage = this.#ports.passages.get(request);
    if (passage?.stored !== repository) return undefined;
    return (passage.admission.allowed & needed) === needed ? passage : undefined;
  }
}

function callerOf(principal: Caller['principal']): Caller {
  // Tokens were looked at before: here the caller's own rights count.
  return { principal, unscoped: true, listPullable: () => Promise.resolve([]) };
}
