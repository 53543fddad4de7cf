import type { Config } from '../config/index.ts';
import { type Registry, startRegistry } from '../registry.ts';
import { createLogger, type Log } from '../telemetry/index.ts';

/** `berth serve`: runs until a signal, a fatal error or the end of its database. */
export async function serve(config: Config): Promise<number> {
  const log = createLogger(config.logLevel);
  const fatal = watchProcess(log);
  // From the first moment: a signal while PostgreSQL starts must not leave it behind.
  const stopped = nextSignal().then((signal) => `${signal} received`);
  const registry = await startRegistry(config, log);
  announce(config, registry);
  const reason = await Promise.race([fatal, registry.failed, stopped]);
  if (reason instanceof Error) log.error({ err: reason }, 'the registry must stop');
  else log.info({ reason }, 'the registry stops');
  // A second signal means now.
  void nextSignal().then(() => process.exit(1));
  const deadline = setTimeout(() => process.exit(1), (config.http.drainSeconds + 20) * 1000);
  deadline.unref();
  await registry.stop();
  return reason instanceof Error ? 1 : 0;
}

/**
 * An error that nobody caught leaves the process in an unknown state: stop in order, as on a
 * signal, and let the supervisor start a fresh one.
 */
function watchProcess(log: Log): Promise<Error> {
  return new Promise((resolve) => {
    const report = (kind: string) => (error: unknown) => {
      log.error({ err: error, kind }, 'an error was not caught');
      resolve(error instanceof Error ? error : new Error(String(error)));
    };
    process.on('uncaughtException', report('exception'));
    process.on('unhandledRejection', report('rejection'));
  });
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(signal));
  });
}

function announce(config: Config, { url, adminPasswordFile }: Registry): void {
  const shown = config.http.externalUrl ?? url;
  const password = adminPasswordFile === undefined ? 'the one you set' : `in ${adminPasswordFile}`;
  console.log(`\nBerth is ready at ${shown}\n  user admin, password ${password}\n`);
}
