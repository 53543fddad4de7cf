import { createEgress } from '../egress/index.ts';
import { loadRegistryConfiguration } from '../tke/config/load.ts';
import { describeLines } from '../tke/installation/check-line.ts';
import { checkInstallation } from '../tke/installation/install-check.ts';
import { createNames } from '../tke/names.ts';

export interface TkeInstallCheckFlags {
  readonly tkeConfig: string;
  readonly json: boolean;
}

/** `berth tke install-check`: exit code 1 when something is wrong. */
export async function checkTkeInstallation(flags: TkeInstallCheckFlags): Promise<number> {
  const { configuration, warnings } = loadRegistryConfiguration(flags.tkeConfig, process.env);
  const lines = await checkInstallation(configuration, {
    egress: createEgress(),
    names: createNames(),
    now: () => new Date(),
  });
  const isFine = lines.every(({ outcome }) => outcome === 'ok');
  if (flags.json) console.log(JSON.stringify({ ok: isFine, checks: lines, warnings }));
  else {
    for (const warning of warnings) console.log(`warning  ${warning}`);
    console.log(describeLines(lines));
  }
  return isFine ? 0 : 1;
}
