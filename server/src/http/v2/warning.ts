/** What a warning may have of text, so that all of a header stays within 256 bytes. */
const MAX_TEXT = 240;

/**
 * The value of a `Warning` header (distribution spec, "Warnings"; RFC 7234 §5.5): code 299, no
 * agent, the text quoted, in printable ASCII.
 */
export function warningText(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_TEXT);
  return `299 - "${printable.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
