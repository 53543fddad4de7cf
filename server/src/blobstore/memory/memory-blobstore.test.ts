import { describeBlobStore } from '../blobstore.contract.ts';
import { createMemoryBlobStore } from './memory-blobstore.ts';

describeBlobStore('memory', async () => ({
  store: createMemoryBlobStore(),
  cleanup: async () => {},
}));
