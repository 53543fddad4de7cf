import type { composeAudit } from './compose-audit.ts';
import type { composeCharts } from './compose-charts.ts';
import type { composeContent } from './compose-content.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import type { Tke } from './compose-tke.ts';
import type { DistributionEvents } from './distribution/index.ts';
import type { AddressOf } from './http/index.ts';
import type { IdentityService } from './identity/index.ts';
import type { ProjectsService } from './projects/index.ts';

/** What the TKE view is served with. */
export interface TkeServingParts extends Parts {
  readonly tke: Tke;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly identity: IdentityService;
  readonly projects: ProjectsService;
  readonly content: ReturnType<typeof composeContent>;
  readonly charts: ReturnType<typeof composeCharts>;
  readonly audit: ReturnType<typeof composeAudit>;
  readonly events: DistributionEvents;
  readonly addressOf: AddressOf;
  isReadOnly(): boolean;
}
