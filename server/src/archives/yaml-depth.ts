import { Lexer } from 'yaml';
import { archiveLimits as limits } from './limits.ts';

/** The lexer's mark before the text of a scalar, which may look like anything. */
const SCALAR = '\x1f';
/** Its mark where less indentation ends all flow collections. */
const FLOW_END = '\x18';

/**
 * Whether YAML nests flow collections, or block collections on one line, deeper than 64, told from
 * its tokens alone: what builds the document recurses, and pays for every level in time and memory.
 * Other nesting costs the author an indentation for each level, and so is bounded by the size.
 */
export function isTooDeep(yaml: string): boolean {
  let flow = 0;
  let onLine = 0;
  let isText = false;
  for (const token of new Lexer().lex(yaml)) {
    if (isText) {
      isText = false;
      continue;
    }
    isText = token === SCALAR;
    if (token === '[' || token === '{') flow += 1;
    else if (token === ']' || token === '}') flow = Math.max(flow - 1, 0);
    else if (token === FLOW_END) flow = 0;
    else if (token === '\n' || token === '\r\n') onLine = 0;
    else if (flow === 0 && isBlockIndicator(token)) onLine += 1;
    if (flow > limits.depth || onLine > limits.depth) return true;
  }
  return false;
}

function isBlockIndicator(token: string): boolean {
  return token === '-' || token === '?' || token === ':';
}
