import { browser } from '../browser/index.ts';
import { directory } from '../directory/directory.ts';
import { portalIdentity } from '../portal/identity-steps.ts';
import { portal } from '../portal/index.ts';
import { portalTke } from '../portal/tke-steps.ts';
import { accessories } from './accessories.ts';
import { adoption } from './adoption.ts';
import { artifacts } from './artifacts.ts';
import { buildah } from './buildah.ts';
import type { Client } from './client.ts';
import { cosign } from './cosign.ts';
import { crane } from './crane.ts';
import { ctr } from './ctr.ts';
import { distribution } from './distribution.ts';
import { harborCharts } from './harbor-charts.ts';
import { harborCli } from './harbor-cli-sequence.ts';
import { harborapi } from './harborapi.ts';
import { helm } from './helm.ts';
import { identityLogins } from './identity-logins.ts';
import { lifecycle } from './lifecycle.ts';
import { oras } from './oras.ts';
import { podman } from './podman.ts';
import { regctl } from './regctl.ts';
import { restart } from './restart.ts';
import { schemathesis } from './schemathesis.ts';
import { skopeo } from './skopeo.ts';
import { terraform } from './terraform-sequence.ts';
import { tkeCharts } from './tke-charts.ts';
import { tkeImages } from './tke-images.ts';
import { tkeKubectl } from './tke-kubectl.ts';
import { tkeMigrate } from './tke-migrate.ts';
import { tkeNodes } from './tke-nodes.ts';
import { umoci } from './umoci.ts';

/**
 * All clients in the order they run: cosign, which takes minutes to build, late, and schemathesis,
 * which spoils what it finds, at the very end.
 */
export const clients: readonly Client[] = [
  skopeo,
  umoci,
  podman,
  buildah,
  ctr,
  crane,
  regctl,
  oras,
  helm,
  distribution,
  adoption,
  tkeMigrate,
  tkeKubectl,
  tkeImages,
  tkeNodes,
  tkeCharts,
  harborCharts,
  lifecycle,
  harborapi,
  harborCli,
  terraform,
  directory,
  identityLogins,
  browser,
  portal,
  portalTke,
  portalIdentity,
  restart,
  artifacts,
  cosign,
  accessories,
  schemathesis,
];
