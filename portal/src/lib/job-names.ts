import type { Locale } from './messages.ts';

const EN: Readonly<Record<string, string>> = {
  WEBHOOK: 'Webhook (HTTP)',
  SLACK: 'Webhook (Slack)',
  RETENTION: 'Tag retention',
  GARBAGE_COLLECTION: 'Garbage collection',
  PURGE_AUDIT_LOG: 'Log rotation',
  EXECUTION_SWEEP: 'Clean-up of old runs',
  SYSTEM_ARTIFACT_CLEANUP: 'Clean-up of system artifacts',
  DATA_SCRUB: 'Verification of stored data',
  REPLICATION: 'Replication',
  IMAGE_SCAN: 'Scan',
  SCAN_ALL: 'Scan of everything',
  P2P_PREHEAT: 'P2P preheat',
  SCHEDULER: 'Schedules',
};
const ZH: Readonly<Record<string, string>> = {
  WEBHOOK: 'Webhook（HTTP）',
  SLACK: 'Webhook（Slack）',
  RETENTION: 'Tag 保留',
  GARBAGE_COLLECTION: '垃圾回收',
  PURGE_AUDIT_LOG: '日志轮转',
  EXECUTION_SWEEP: '历史任务清理',
  SYSTEM_ARTIFACT_CLEANUP: '系统 Artifact 清理',
  DATA_SCRUB: '存储数据校验',
  REPLICATION: '复制',
  IMAGE_SCAN: '扫描',
  SCAN_ALL: '全量扫描',
  P2P_PREHEAT: 'P2P 预热',
  SCHEDULER: '定时任务',
};

/** What a kind of job is called, such as `GARBAGE_COLLECTION`; unknown ones as they are. */
export function jobName(kind: string, locale: Locale): string {
  return (locale === 'en' ? EN : ZH)[kind] ?? kind;
}
