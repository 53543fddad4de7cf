import { buildah } from './buildah.ts';
import type { Client } from './client.ts';
import { cosign } from './cosign.ts';
import { crane } from './crane.ts';
import { ctr } from './ctr.ts';
import { distribution } from './distribution.ts';
import { helm } from './helm.ts';
import { oras } from './oras.ts';
import { podman } from './podman.ts';
import { regctl } from './regctl.ts';
import { restart } from './restart.ts';
import { skopeo } from './skopeo.ts';
import { umoci } from './umoci.ts';

/** All clients in the order they run; cosign, which takes minutes to build, is the last. */
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
  restart,
  cosign,
];
