import { defineMessages } from '../lib/messages.ts';

/** Words of rules over repositories and tags. */
export const selectorMessages = defineMessages(
  {
    repositories: 'Repositories',
    tags: 'Tags',
    choice: 'Which',
    matching: 'matching',
    excluding: 'excluding',
    kind: 'Compared as',
    doublestar: 'Pattern',
    regex: 'Regular expression',
    semver: 'Version range',
    pattern: 'Value',
    doublestarHint: 'Such as “release-*” or “dev, web/**”; “**” is all of them.',
    regexHint: 'It has to match the whole name (RE2).',
    semverHint: 'Such as “>=1.2 <2”.',
    more: (count: number) =>
      count === 1
        ? 'One more condition that came by the API stays as it is.'
        : `${count} more conditions that came by the API stay as they are.`,
    all: (subject: string) => (subject === 'tags' ? 'any tag' : 'all repositories'),
    thatMatch: (subject: string, what: string) => `${subject} matching ${what}`,
    except: (subject: string, what: string) => `${subject} except ${what}`,
    regexOf: (text: string) => `the expression ${text}`,
    rangeOf: (text: string) => `the range ${text}`,
    subject: (subject: string) => subject,
    and: ' and ',
    rule: (sentence: string) => `the rule “${sentence}”`,
  },
  {
    'zh-CN': {
      repositories: '镜像仓库',
      tags: 'Tag',
      choice: '范围',
      matching: '匹配',
      excluding: '排除',
      kind: '匹配方式',
      doublestar: '通配符',
      regex: '正则表达式',
      semver: '版本范围',
      pattern: '内容',
      doublestarHint: '例如“release-*”或“dev, web/**”，“**”表示全部。',
      regexHint: '须匹配完整名称（RE2 语法）。',
      semverHint: '例如“>=1.2 <2”。',
      more: (count) => `另有 ${count} 个通过 API 添加的条件，将保持不变。`,
      all: (subject) => (subject === 'tags' ? '任意 Tag' : '所有镜像仓库'),
      thatMatch: (subject, what) => `匹配 ${what} 的${subject}`,
      except: (subject, what) => `除 ${what} 以外的${subject}`,
      regexOf: (text) => `正则表达式 ${text}`,
      rangeOf: (text) => `版本范围 ${text}`,
      subject: (subject) => (subject === 'tags' ? ' Tag' : '镜像仓库'),
      and: '且',
      rule: (sentence) => `规则“${sentence}”`,
    },
  },
);

export type SelectorWords = (typeof selectorMessages)['en'];
