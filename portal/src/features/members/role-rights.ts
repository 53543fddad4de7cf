import { defineMessages } from '../../lib/messages.ts';

export const roleRightsMessages = defineMessages(
  {
    pull: 'Pull, see repositories and tags',
    members: 'See members and robot accounts',
    push: 'Push, make tags, label artifacts',
    retention: 'Keep the tag retention policy',
    labels: 'Make and delete labels of the project',
    delete: 'Delete artifacts, tags and repositories',
    immutable: 'Keep immutable tags',
    logs: 'See the audit log',
    webhooks: 'Keep webhooks',
    manage: 'Change members, robot accounts and settings',
    deleteProject: 'Delete the project',
  },
  {
    'zh-CN': {
      pull: '拉取，查看镜像仓库和 Tag',
      members: '查看成员和机器人账户',
      push: '推送，创建 Tag，为 Artifact 添加标签',
      retention: '管理 Tag 保留策略',
      labels: '新建和删除项目标签',
      delete: '删除 Artifact、Tag 和镜像仓库',
      immutable: '管理不可变 Tag',
      logs: '查看审计日志',
      webhooks: '管理 Webhook',
      manage: '管理成员、机器人账户和配置',
      deleteProject: '删除项目',
    },
  },
);

type Right = keyof (typeof roleRightsMessages)['en'];

/** Rights in short, with how many of the roles have it, from the most powerful one on. */
export const ROLE_RIGHTS: readonly { readonly right: Right; readonly roles: number }[] = [
  { right: 'pull', roles: 5 },
  { right: 'members', roles: 4 },
  { right: 'push', roles: 3 },
  { right: 'retention', roles: 3 },
  { right: 'labels', roles: 2 },
  { right: 'delete', roles: 2 },
  { right: 'immutable', roles: 2 },
  { right: 'logs', roles: 1 },
  { right: 'webhooks', roles: 1 },
  { right: 'manage', roles: 1 },
  { right: 'deleteProject', roles: 1 },
];
