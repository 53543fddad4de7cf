import type { Background } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { QuotaCheckRepository } from './quota-check.repository.ts';

export interface Refreshed {
  readonly projects: number;
  /** How many of them were said to use something else than they do. */
  readonly mended: number;
}

/** Counts anew what projects use, while pushes and deletions go on. */
export interface QuotaRefresh {
  /** All projects, one after the other, each in a transaction of its own. */
  refresh(signal: AbortSignal): Promise<Refreshed>;
  /** The same in the background; once at a time. */
  start(): void;
}

export interface QuotaRefreshPorts {
  readonly rows: QuotaCheckRepository;
  readonly background: Pick<Background, 'run'>;
  readonly log: Log;
}

const PAGE = 500;

export function createQuotaRefresh({ rows, background, log }: QuotaRefreshPorts): QuotaRefresh {
  let isRunning = false;

  /** @returns whether it was mended */
  async function refreshProject(projectId: number): Promise<boolean> {
    const [mismatch] = await rows.listMismatches(projectId);
    if (mismatch === undefined) return false;
    log.warn(mismatch, 'a project did not use what was counted; it is counted anew');
    await rows.repair(projectId);
    return true;
  }

  async function refresh(signal: AbortSignal): Promise<Refreshed> {
    let [projects, mended, last] = [0, 0, 0];
    for (;;) {
      const page = await rows.listProjects(last, PAGE);
      for (const id of page) {
        if (signal.aborted) return { projects, mended };
        if (await refreshProject(id)) mended += 1;
        projects += 1;
        last = id;
      }
      if (page.length < PAGE) return { projects, mended };
    }
  }

  return {
    refresh,
    start() {
      if (isRunning) return;
      isRunning = true;
      background.run('quota refresh', async (signal) => {
        try {
          log.info(await refresh(signal), 'the usage of all projects was counted anew');
        } finally {
          isRunning = false;
        }
      });
    },
  };
}
