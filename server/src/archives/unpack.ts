import type { NextPiece } from './parser-worker.ts';
import { type UnpackedSink, Unpacker } from './unpacker.ts';

/** Unpacks the pieces into the sink, and asks for no more once it has enough. */
export async function unpack(next: NextPiece, sink: UnpackedSink): Promise<void> {
  const unpacker = new Unpacker(sink);
  try {
    for (let piece = await next(); piece !== undefined; piece = await next()) {
      await unpacker.write(piece);
      if (sink.hasEnough) return;
    }
    await unpacker.end();
  } finally {
    unpacker.close();
  }
}
