import { describe, expect, it } from 'vitest';
import { cleanLine, createTaskLog } from './task-log.ts';

const now = () => new Date(0);
const STAMP = '1970-01-01T00:00:00.000Z';

describe('the log of a task', () => {
  it('has a time in front of each line, and gives each line once', () => {
    const log = createTaskLog(0, now);
    log.append('one');
    log.append('two');
    expect(log.take()).toBe(`${STAMP} one\n${STAMP} two\n`);
    expect(log.take()).toBe('');
  });

  it('keeps in order what could not be written', () => {
    const log = createTaskLog(0, now);
    log.append('one');
    const lines = log.take();
    log.append('two');
    log.restore(lines);
    expect(log.take()).toBe(`${STAMP} one\n${STAMP} two\n`);
  });

  it('ends at its limit, over all runs, and says so once', () => {
    const log = createTaskLog(0, now, 200);
    for (let count = 0; count < 50; count += 1) log.append('0123456789');
    const text = log.take();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
    expect(text.match(/0123456789/g)).toHaveLength(4);
    expect(text).toMatch(/the log ends here[^\n]*\n$/);
    log.append('more');
    expect(log.take()).toBe('');
    const later = createTaskLog(200, now, 200);
    later.append('more');
    expect(later.take()).toBe('');
  });

  it('makes one line of whatever it is given', () => {
    const log = createTaskLog(0, now);
    log.append('a\nb\r\n\u0000c\ud800\u001b[31m');
    expect(log.take()).toBe(`${STAMP} a b c\ufffd [31m\n`);
    expect(cleanLine('x'.repeat(20), 10)).toBe('xxxxxxxxx…');
    expect(cleanLine('😀'.repeat(5), 4).isWellFormed()).toBe(true);
  });
});
