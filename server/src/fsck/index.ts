export { createFsckRepository } from './fsck.repository.ts';
export { checkStorage, type Finding, type FsckReport } from './fsck.service.ts';
