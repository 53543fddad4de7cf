import { defineMessages } from '../../lib/messages.ts';

const TYPES: Readonly<Record<string, string>> = { 1: 'LDAP', 2: 'HTTP', 3: 'OIDC' };

export const userGroupsMessages = defineMessages(
  {
    title: 'Groups',
    description:
      'Groups of the login source. As a member of a project, a group gives its role to all who are in it.',
    list: 'Groups',
    newGroup: 'New group',
    type: (type: number) => TYPES[type] ?? String(type),
    typeLabel: 'Type',
    dn: 'DN',
    dnHint:
      'The distinguished name of the group, such as cn=developers,ou=groups,dc=example,dc=com',
    lookUp: 'Look up',
    found: (name: string) => `The directory knows it as “${name}”.`,
    nameHintLdap: 'How the group is called here',
    nameHintOther: 'Exactly as the login source sends it',
    importHint: 'The directory is asked whether there is such a group.',
    searchName: 'Search by name',
    created: (name: string) => `Group ${name} has been added`,
    renamed: (name: string) => `The group is called ${name} now`,
    editTitle: (name: string) => `Edit group ${name}`,
    renameHint:
      'The login source knows this group by its name. Under another name it is another group: people are in it from their next login on.',
    deleteGroup: (name: string) => `Delete group ${name}?`,
    deleteText:
      'The group is no longer a member of any project: who had a role only by it has none any more. The login source keeps the group.',
    deleted: (name: string) => `Group ${name} has been deleted`,
    emptyTitle: 'There are no groups yet',
    emptyText: 'Add a group, then make it a member of projects.',
    emptyDatabase:
      'Groups come with LDAP, OIDC or an HTTP login source. The registry uses its own database of users.',
    toConfiguration: 'To the login configuration',
  },
  {
    'zh-CN': {
      title: '组管理',
      description: '来自外部认证源的用户组。将组添加为项目成员后，组内所有用户都获得相应角色。',
      list: '用户组列表',
      newGroup: '新建用户组',
      type: (type) => TYPES[type] ?? String(type),
      typeLabel: '类型',
      dn: 'DN',
      dnHint: '用户组的专有名称，例如 cn=developers,ou=groups,dc=example,dc=com',
      lookUp: '查询',
      found: (name) => `目录中的名称为“${name}”。`,
      nameHintLdap: '该用户组在此处显示的名称',
      nameHintOther: '须与认证源提供的名称完全一致',
      importHint: '保存时会向目录确认该用户组是否存在。',
      searchName: '按名称搜索',
      created: (name) => `已添加用户组 ${name}`,
      renamed: (name) => `用户组已改名为 ${name}`,
      editTitle: (name) => `编辑用户组 ${name}`,
      renameHint:
        '认证源按名称识别该用户组。改名后即对应另一个组，用户在下次登录后才会属于新的组。',
      deleteGroup: (name) => `删除用户组 ${name}？`,
      deleteText:
        '该用户组将从所有项目的成员中移除，仅通过该组获得角色的用户将失去相应角色。认证源中的组不受影响。',
      deleted: (name) => `已删除用户组 ${name}`,
      emptyTitle: '暂无用户组',
      emptyText: '请先添加用户组，然后将其设为项目成员。',
      emptyDatabase: '用户组来自 LDAP、OIDC 或 HTTP 认证源，当前使用的是内置用户数据库。',
      toConfiguration: '前往认证配置',
    },
  },
);
