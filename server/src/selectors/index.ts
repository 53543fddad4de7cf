export { compilePattern, compileSelector, type Selector } from './selector.ts';
