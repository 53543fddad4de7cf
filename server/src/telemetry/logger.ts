import { destination, pino } from 'pino';
import type { Log } from './log.ts';

/**
 * Structured logger on standard output, one JSON object a line. Whatever carries a secret is
 * dropped by name here as a second line of defence; the first is not to log it.
 */
export function createLogger(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['password', 'token', 'authorization', 'secret', '*.password', '*.authorization'],
        remove: true,
      },
    },
    destination({ fd: 1, sync: false }),
  );
}
