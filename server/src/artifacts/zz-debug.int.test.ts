import pg from 'pg';
const original: any = pg.Client.prototype.query;
(pg.Client.prototype as any).query = function (...args: any[]) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
  const result = original.apply(this, args);
  (this as any).recent = [...((this as any).recent ?? []), String(text).replace(/\s+/g, ' ').slice(0, 110)].slice(-8);
  const recent = (this as any).recent;
  if (result?.catch) result.catch((e: any) => { if (e.code === '40P01') console.log('DEADLOCK', e.detail, e.where, '\n   ', recent.join('\n    ')); });
  return result;
};
await import('./accounting.int.test.ts');
