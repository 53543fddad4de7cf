import { expect, it } from 'vitest';
import { eventWords } from './event-words.ts';

it('says events in words', () => {
  expect(eventWords.en.event('pull_artifact')).toBe('Pull: artifact');
  expect(eventWords.zh.event('delete_robot')).toBe('删除机器人账户');
  expect(eventWords.zh.event('create_tag')).toBe('新建 Tag');
});

it('says what it has no word for as it is', () => {
  expect(eventWords.en.operation('mend')).toBe('mend');
  expect(eventWords.zh.type('thing')).toBe('thing');
  expect(eventWords.en.event('other')).toBe('other');
});

it.each([
  ['create user-group with name: x: y', '新建用户组：x: y'],
  ['pulled 19 more times within 10 seconds', '10 秒内又拉取 19 次'],
  ['something else', 'something else'],
])('says %j in Chinese', (text, sentence) => {
  expect(eventWords.zh.description(text)).toBe(sentence);
});
