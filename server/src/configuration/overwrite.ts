import { ConfigError } from '../config/index.ts';
import { parseSettings, type RawValues } from './configuration-items.ts';
import { acceptChanges, findRuleFaults } from './configuration-rules.ts';

/** What the operator fixed from outside; lies over what is stored. May hold secrets: not to be logged. */
export interface Overwrite {
  readonly values: RawValues;
}

/**
 * Reads a configuration given as JSON (Harbor's `CONFIG_OVERWRITE_JSON`), by the same rules as a
 * PUT. While there is one, nothing can be changed. Undefined when there is no text.
 *
 * @param setting the name it was set under, for messages
 * @throws ConfigError listing every fault; no message repeats a value, which may be a secret
 */
export function parseOverwrite(
  text: string | undefined,
  setting = 'BERTH_CONFIG_OVERWRITE_JSON',
): Overwrite | undefined {
  if (text === undefined || text === '') return undefined;
  const { values, faults } = acceptChanges(parseJson(text, setting));
  const all = faults.length > 0 ? faults : findRuleFaults(parseSettings(values));
  if (all.length > 0) throw new ConfigError(all.map((fault) => `${setting}: ${fault}`));
  return { values };
}

function parseJson(text: string, setting: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error quotes the text around the fault.
    throw new ConfigError([`${setting}: must be JSON`]);
  }
}
