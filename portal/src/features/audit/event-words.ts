/** What happens, in the words of the API: operation and kind of thing. */
const OPERATIONS_EN: Readonly<Record<string, string>> = {
  create: 'Create',
  update: 'Update',
  delete: 'Delete',
  pull: 'Pull',
  login: 'Sign in',
  logout: 'Sign out',
  refresh: 'Refresh',
  replay: 'Send again',
  execute: 'Run',
  stop: 'Stop',
};
const OPERATIONS_ZH: Readonly<Record<string, string>> = {
  create: '新建',
  update: '更新',
  delete: '删除',
  pull: '拉取',
  login: '登录',
  logout: '退出',
  refresh: '刷新',
  replay: '重新发送',
  execute: '执行',
  stop: '停止',
};
const TYPES_EN: Readonly<Record<string, string>> = {
  artifact: 'Artifact',
  'artifact-label': 'Label of an artifact',
  'audit-purge': 'Log rotation',
  chart: 'Chart',
  configuration: 'Configuration',
  'garbage-collection': 'Garbage collection',
  'helm-chart': 'Helm chart',
  'helm-chart-label': 'Label of a Helm chart',
  'immutable-tag': 'Immutable tag rule',
  job: 'Job',
  'job-queue': 'Job queue',
  label: 'Label',
  member: 'Member',
  project: 'Project',
  quota: 'Quota',
  repository: 'Repository',
  robot: 'Robot account',
  session: 'Session',
  tag: 'Tag',
  'tag-retention': 'Tag retention',
  token: 'Token',
  user: 'User',
  'user-group': 'Group',
  webhook: 'Webhook',
};
const TYPES_ZH: Readonly<Record<string, string>> = {
  artifact: 'Artifact',
  'artifact-label': 'Artifact 的标签',
  'audit-purge': '日志轮转',
  chart: 'Chart',
  configuration: '系统配置',
  'garbage-collection': '垃圾回收',
  'helm-chart': 'Helm Chart',
  'helm-chart-label': 'Helm Chart 的标签',
  'immutable-tag': '不可变 Tag 规则',
  job: '任务',
  'job-queue': '任务队列',
  label: '标签',
  member: '成员',
  project: '项目',
  quota: '配额',
  repository: '镜像仓库',
  robot: '机器人账户',
  session: '会话',
  tag: 'Tag',
  'tag-retention': 'Tag 保留',
  token: '令牌',
  user: '用户',
  'user-group': '用户组',
  webhook: 'Webhook',
};

export const OPERATIONS: readonly string[] = Object.keys(OPERATIONS_EN);
export const RESOURCE_TYPES: readonly string[] = Object.keys(TYPES_EN);

/** Words of one language; what it has none for is said as the API has it. */
function wordsOf(
  operations: Readonly<Record<string, string>>,
  types: Readonly<Record<string, string>>,
  join: (operation: string, type: string) => string,
) {
  const operation = (value: string) => operations[value] ?? value;
  const type = (value: string) => types[value] ?? value;
  return {
    operation,
    type,
    /** `pull_artifact`: the operation comes before the first underscore. */
    event(name: string): string {
      const [what = '', ...rest] = name.split('_');
      return rest.length === 0 ? name : join(operation(what), type(rest.join('_')));
    },
  };
}

const zh = wordsOf(OPERATIONS_ZH, TYPES_ZH, (operation, type) =>
  /^\w/.test(type) ? `${operation} ${type}` : `${operation}${type}`,
);

/** The registry describes what happened in English sentences of two forms. */
function describeInChinese(text: string): string {
  const [, operation = '', type = '', name = ''] =
    /^(\w+) ([\w-]+) with name: (.*)$/s.exec(text) ?? [];
  if (operation !== '') return `${zh.event(`${operation}_${type}`)}：${name}`;
  const [, times] = /^pulled (\d+) more times within 10 seconds$/.exec(text) ?? [];
  return times === undefined ? text : `10 秒内又拉取 ${times} 次`;
}

export const eventWords = {
  en: wordsOf(OPERATIONS_EN, TYPES_EN, (operation, type) => `${operation}: ${type.toLowerCase()}`),
  zh: { ...zh, description: describeInChinese },
};
