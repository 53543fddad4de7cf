import type { LinkProps } from '@tanstack/react-router';
import type { Dashboard } from './dashboard.ts';

export type Alert = Dashboard['alerts'][number];

export type AlertLink = Pick<LinkProps, 'to' | 'params'>;

/** Where something can be done about it. */
export function placeOf(alert: Alert): AlertLink {
  switch (alert.kind) {
    case 'quota':
      return { to: '/p/$project/summary', params: { project: alert.project } };
    case 'robot-expiring':
      return alert.project === undefined
        ? { to: '/admin/robots' }
        : { to: '/p/$project/robots', params: { project: alert.project } };
    case 'job-failed':
    case 'queue-stalled':
      return { to: '/admin/jobs' };
    case 'health':
      return { to: '/admin/health' };
  }
}

/** Whether it is broken already, not only about to be. */
export function isGrave(alert: Alert): boolean {
  if (alert.kind === 'quota') return alert.used >= alert.hard;
  return alert.kind === 'health' || alert.kind === 'job-failed';
}

/** A key among all alerts of a page. */
export function keyOf(alert: Alert): string {
  switch (alert.kind) {
    case 'quota':
      return `quota ${alert.project_id}`;
    case 'robot-expiring':
      return `robot ${alert.robot_id}`;
    case 'job-failed':
      return `job ${alert.vendor_type}`;
    case 'queue-stalled':
      return `queue ${alert.job_type}`;
    case 'health':
      return `health ${alert.component}`;
  }
}
