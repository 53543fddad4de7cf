import { describeProvider } from '../provider.contract.ts';
import { openSecondRegistry } from './second-registry.contract.ts';

describeProvider('harbor', () => openSecondRegistry());
