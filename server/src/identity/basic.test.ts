import { describe, expect, it } from 'vitest';
import { parseBasic } from './basic.ts';

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('parseBasic', () => {
  it.each([
    [`Basic ${encode('ann:secret')}`, 'ann', 'secret'],
    [`basic ${encode('ann:secret')}`, 'ann', 'secret'],
    [`BASIC   ${encode('ann:secret')}`, 'ann', 'secret'],
    [`Basic ${encode('ann:')}`, 'ann', ''],
    [`Basic ${encode('ann:a:b:c')}`, 'ann', 'a:b:c'],
    [`Basic ${encode('änne:pässword')}`, 'änne', 'pässword'],
    [`Basic ${encode('robot$ci+x:s')}`, 'robot$ci+x', 's'],
    [`Basic ${encode('ann:secret').replaceAll('=', '')}`, 'ann', 'secret'],
  ])('reads %s', (header, username, password) => {
    expect(parseBasic(header)).toEqual({ username, password });
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    `Bearer ${encode('ann:secret')}`,
    `Basic ${encode('no colon')}`,
    `Basic ${encode(':no name')}`,
    `Basic ${encode('ann:secret')} more`,
    `Basic ${encode('ann:secret')}\n`,
    'Basic !!!!',
    `Basic\t${encode('ann:secret')}`,
    ` Basic ${encode('ann:secret')}`,
    `Basic ${'A'.repeat(4097)}`,
  ])('takes %j for none', (header) => {
    expect(parseBasic(header)).toBeUndefined();
  });
});
