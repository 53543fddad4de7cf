/**
 * Puts a text into the clipboard. Browsers have the API for it only on pages that came by HTTPS or
 * from this machine; on others the old command does it.
 *
 * @throws Error if the browser refuses both
 */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  if (!copyBySelection(text)) throw new Error('the browser has refused the clipboard');
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'copy-source';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return isCopied;
}
