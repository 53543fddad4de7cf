import type { Socket } from 'node:net';

/** A peer slower than this over a whole window is stalled. */
const MIN_BYTES_PER_SECOND = 1024;

/**
 * Watches bytes move over a socket and calls `onStall` once when, over a window of `seconds`,
 * fewer than 1 KiB/s did. Absolute deadlines would cut honest slow transfers of large blobs, and
 * idle timers alone let a byte a minute hold a connection for ever.
 *
 * @returns a function that ends the watch
 */
export function guardFlow(socket: Socket, seconds: number, onStall: () => void): () => void {
  const moved = () => socket.bytesRead + socket.bytesWritten;
  let last = moved();
  const timer = setInterval(() => {
    const now = moved();
    if (now - last < MIN_BYTES_PER_SECOND * seconds) {
      clearInterval(timer);
      onStall();
    }
    last = now;
  }, seconds * 1000);
  timer.unref();
  return () => clearInterval(timer);
}
