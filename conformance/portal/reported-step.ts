import { type Step, StepSkipped } from '../clients/client.ts';

/** A step whose failure is told together with what `describe` says. */
export function createReportedStep(
  name: string,
  run: () => Promise<void>,
  describe: () => Promise<string>,
): Step {
  return {
    name,
    async run() {
      try {
        await run();
      } catch (error) {
        if (error instanceof StepSkipped) throw error;
        const said = error instanceof Error ? error.message : String(error);
        throw new Error(`${said}\n${await describe()}`, { cause: error });
      }
    },
  };
}
