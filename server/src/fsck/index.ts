export { type Finding, isSound } from './finding.ts';
export { createFsckRepository } from './fsck.repository.ts';
export { checkStorage, type FsckReport } from './fsck.service.ts';
