export { registerPortal } from './portal.routes.ts';
export { findPortalFiles, PORTAL_DIRECTORY } from './portal-files.ts';
