import { createLdapDirectory } from '../../server/src/identity/ldap/index.ts';
import { type Client, type Step, StepSkipped } from '../clients/client.ts';
import { type DirectoryContext, describeSettings } from './context.ts';
import { suffixes } from './entries.ts';
import { createHostileSteps } from './hostile-steps.ts';
import { createLoginSteps } from './login-steps.ts';
import { createSearchSteps } from './search-steps.ts';
import { findSlapd, type Slapd, startSlapd } from './slapd.ts';
import { createTlsSteps } from './tls-steps.ts';

/** Berth's directory client against Debian's slapd; the registry is not touched. */
export const directory: Client = {
  name: 'directory',
  tools: ['slapd'],
  createSteps(context) {
    let slapd: Slapd | undefined;
    const getSlapd = () => {
      if (slapd === undefined) throw new StepSkipped('there is no slapd with memberof here');
      return slapd;
    };
    const createSettings =
      (suffix: string): DirectoryContext['settings'] =>
      (change, group) => ({
        ...describeSettings(suffix),
        url: getSlapd().url,
        ...change,
        group: { ...describeSettings(suffix).group, ...group },
      });
    const shared: DirectoryContext = {
      directory: createLdapDirectory(),
      slapd: getSlapd,
      settings: createSettings(suffixes[0].suffix),
      plainSettings: createSettings(suffixes[1].suffix),
    };
    const start: Step = {
      name: 'start slapd and fill it',
      async run() {
        const program = findSlapd();
        if (program === undefined) throw new StepSkipped('there is no slapd with memberof here');
        slapd = await startSlapd(program, await context.directory('directory'));
        context.defer(slapd.stop);
      },
    };
    return [
      start,
      ...createLoginSteps(shared),
      ...createSearchSteps(shared),
      ...createTlsSteps(shared),
      ...createHostileSteps(shared),
    ];
  },
};
