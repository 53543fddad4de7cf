import { createTestProject, openContent } from '../../../../test/content.ts';
import { createTestDatabase } from '../../../../test/database.ts';
import { createChartRecords, createChartStore } from '../../../charts/index.ts';
import { createChartReader } from '../../../helm/index.ts';
import { describeChartStore } from '../charts.contract.ts';

describeChartStore('our own projects', async () => {
  const database = await createTestDatabase();
  const content = openContent(database);
  const reader = createChartReader();
  return {
    store: createChartStore({ ...content, records: createChartRecords(content.db), reader }),
    async createProject(name) {
      await createTestProject(content, name);
    },
    async cleanup() {
      await reader.close();
      await content.close();
      await database.drop();
    },
  };
});
