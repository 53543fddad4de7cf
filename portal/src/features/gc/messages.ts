import { defineMessages, plural } from '../../lib/messages.ts';

export const gcMessages = defineMessages(
  {
    title: 'Garbage collection',
    description:
      'Space of what was deleted comes back by itself, beside pushes and pulls. A full collection also looks at every blob and every file; once a week is plenty.',
    estimate: 'What would be freed',
    deletable: 'Freed by a collection now',
    held: 'Held to be brought back',
    trash: 'About to be removed',
    blobs: (count: number) => plural(count, 'blob', 'blobs'),
    trashHint: 'Goes within minutes',
    workers: 'Workers',
    workersHint: 'Batches at once, 1 to 10',
    workersWrong: 'A whole number from 1 to 10 is needed.',
    deleteUntagged: 'Delete untagged artifacts',
    deleteUntaggedHint: 'Members of indexes and accessories stay, as does what was just pushed.',
    purgeDeleted: 'Do not hold what was deleted',
    purgeDeletedHint: 'Frees at once what could still be brought back. It is gone for good.',
    run: 'Collect now',
    runTitle: 'Collect garbage now?',
    runText: 'What nothing needs any more is deleted. Pushes and pulls go on meanwhile.',
    freed: (blobs: number, manifests: number, bytes: string) =>
      `${plural(blobs, 'blob', 'blobs')} and ${plural(manifests, 'manifest', 'manifests')} deleted, ${bytes} freed`,
    wouldFree: (blobs: number, manifests: number, bytes: string) =>
      `${plural(blobs, 'blob', 'blobs')} and ${plural(manifests, 'manifest', 'manifests')} would be deleted, ${bytes} freed`,
  },
  {
    'zh-CN': {
      title: '垃圾回收',
      description:
        '已删除内容占用的空间会自动释放，不影响推送和拉取。完整的垃圾回收还会检查所有 Blob 和文件，每周一次即可。',
      estimate: '可释放的空间',
      deletable: '立即回收可释放',
      held: '保留以便恢复',
      trash: '即将清除',
      blobs: (count) => `${count} 个 Blob`,
      trashHint: '几分钟内清除',
      workers: '工作者数',
      workersHint: '同时处理的批次数，1 到 10',
      workersWrong: '请输入 1 到 10 的整数。',
      deleteUntagged: '删除没有 Tag 的 Artifact',
      deleteUntaggedHint: '索引的成员、附件以及刚推送的内容会保留。',
      purgeDeleted: '不保留已删除的内容',
      purgeDeletedHint: '立即释放尚可恢复的内容，之后将无法恢复。',
      run: '立即回收',
      runTitle: '立即进行垃圾回收？',
      runText: '不再被引用的内容将被删除，期间推送和拉取可正常进行。',
      freed: (blobs, manifests, bytes) =>
        `已删除 ${blobs} 个 Blob 和 ${manifests} 个 Manifest，释放 ${bytes}`,
      wouldFree: (blobs, manifests, bytes) =>
        `将删除 ${blobs} 个 Blob 和 ${manifests} 个 Manifest，释放 ${bytes}`,
    },
  },
);
