/** Whether a tag may be called so (distribution-spec, "Pulling manifests"). */
export function isTagName(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}
