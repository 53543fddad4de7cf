export type { BlobSource } from './blob-source.ts';
export {
  type Addition,
  type ArtifactInspector,
  createArtifactInspector,
  type InspectorPorts,
  type StoredContent,
} from './inspector.ts';
