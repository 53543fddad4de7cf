/** A program found on the machine or built for the tests. */
export type ToolName =
  | 'skopeo'
  | 'podman'
  | 'buildah'
  | 'umoci'
  | 'containerd'
  | 'docker-registry'
  | 'chromium'
  | 'slapd'
  | 'crane'
  | 'oras'
  | 'regctl'
  | 'helm'
  | 'helm-cm-push'
  | 'kubectl'
  | 'cosign';
