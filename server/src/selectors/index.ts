export { compilePattern, compileSelector, type Selector, type SelectorSpec } from './selector.ts';
export { parseVersion } from './semver.ts';
