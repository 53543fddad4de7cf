import { createTestDatabase } from '../../../../test/database.ts';
import { quietLog } from '../../../../test/log.ts';
import { ADMIN_PASSWORD, startTestRegistry } from '../../../../test/registry.ts';
import { createDatabase, openPool } from '../../../db/index.ts';
import { createEgress } from '../../../egress/index.ts';
import { createChartReader } from '../../../helm/index.ts';
import type { HarborConfiguration } from '../../config/registry-configuration.ts';
import { harborConfiguration } from './configuration.fixture.ts';
import { createHarborProvider } from './harbor-provider.ts';

/** A second registry of ours plays the Harbor: its API is Harbor's. */
export async function openSecondRegistry(over: Partial<HarborConfiguration> = {}) {
  const database = await createTestDatabase();
  const registry = await startTestRegistry({ databaseUrl: database.url });
  const pool = openPool({ connection: database.connection, poolSize: 2, log: quietLog });
  const db = createDatabase(pool);
  const reader = createChartReader();
  return {
    url: registry.url,
    provider: createHarborProvider({
      egress: createEgress(),
      configuration: harborConfiguration(registry.url, { password: ADMIN_PASSWORD, ...over }),
      reader,
    }),
    db,
    async cleanup() {
      await reader.close();
      await db.destroy();
      await registry.stop();
      await database.drop();
    },
  };
}
