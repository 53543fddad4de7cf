export type { BlobSource } from './blob-source.ts';
export { type Addition, type ArtifactInspector, createArtifactInspector } from './inspector.ts';
