import { defineMessages } from '../lib/messages.ts';

export const scheduleMessages = defineMessages(
  {
    schedule: 'Schedule',
    none: 'None',
    hourly: 'Hourly',
    daily: 'Daily',
    weekly: 'Weekly',
    custom: 'Custom',
    cron: 'Cron expression',
    cronHint:
      'Six fields, in UTC: second minute hour day month weekday. “0 0 2 * * *” is 02:00 each day.',
    paused: 'The schedule is paused by an administrator.',
    next: 'Next run',
    utc: 'Times are in UTC.',
  },
  {
    'zh-CN': {
      schedule: '定时任务',
      none: '无',
      hourly: '每小时',
      daily: '每天',
      weekly: '每周',
      custom: '自定义',
      cron: 'Cron 表达式',
      cronHint: '六个字段（UTC 时间）：秒 分 时 日 月 周。“0 0 2 * * *”表示每天 02:00。',
      paused: '该定时任务已被管理员暂停。',
      next: '下次运行',
      utc: '时间均为 UTC。',
    },
  },
);
