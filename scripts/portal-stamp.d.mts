export const STAMP: string;
export function portalStamp(root: string): string;
export function isPortalCurrent(root: string): boolean;
