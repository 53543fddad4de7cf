/** Where an account of an OIDC provider comes from. */
export interface OidcMeta {
  readonly id: number;
  /** Subject and issuer in one, as Harbor tells them. */
  readonly subiss: string;
  /** What `docker login` takes for a password, in clear. */
  readonly secret?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
