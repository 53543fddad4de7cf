export { createScrub, newScrub, type Scrub, type ScrubParts } from './scrub.job.ts';
