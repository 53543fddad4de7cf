import { defineMessages } from '../../lib/messages.ts';

/** Words of the page of a project's immutable tag rules. */
export const immutabilityMessages = defineMessages(
  {
    rules: 'Immutable tag rules',
    intro:
      'A tag that a rule selects can be pushed once. After that it cannot be pushed again, moved or deleted; neither can its artifact nor its repository.',
    addRule: 'Add rule',
    full: (most: number) => `A project has at most ${most} rules.`,
    emptyTitle: 'Every tag can be overwritten',
    emptyText:
      'A rule protects tags that others rely on, such as “v*” or “release-*”: nobody can push something else under their name.',
    readerEmpty: 'Who administers or maintains the project can add rules.',
    newTitle: 'Add immutable tag rule',
    editTitle: 'Edit immutable tag rule',
    says: 'The rule says',
    deleteTitle: 'Delete this rule?',
    deleteText: 'The tags that it alone protects can be overwritten and deleted again.',
    ruleSaved: 'The rule has been saved',
    ruleDeleted: 'The rule has been deleted',
    enabledRule: 'The rule has been enabled',
    disabledRule: 'The rule has been disabled',
    sentence: (repositories: string, tags: string) => `Immutable in ${repositories}: ${tags}.`,
  },
  {
    'zh-CN': {
      rules: '不可变 Tag 规则',
      intro:
        '被规则选中的 Tag 只能推送一次，之后不可再次推送、移动或删除，其 Artifact 和镜像仓库也不可删除。',
      addRule: '添加规则',
      full: (most) => `一个项目最多包含 ${most} 条规则。`,
      emptyTitle: '当前所有 Tag 均可被覆盖',
      emptyText:
        '规则可保护他人依赖的 Tag，例如“v*”或“release-*”：任何人都不能用同一名称推送其他内容。',
      readerEmpty: '项目管理员或维护人员可以添加规则。',
      newTitle: '添加不可变 Tag 规则',
      editTitle: '编辑不可变 Tag 规则',
      says: '规则含义',
      deleteTitle: '删除此规则？',
      deleteText: '仅由此规则保护的 Tag 将可以再次被覆盖和删除。',
      ruleSaved: '已保存规则',
      ruleDeleted: '已删除规则',
      enabledRule: '已启用规则',
      disabledRule: '已停用规则',
      sentence: (repositories, tags) => `在${repositories}中不可变：${tags}。`,
    },
  },
);

export type ImmutabilityWords = (typeof immutabilityMessages)['en'];
