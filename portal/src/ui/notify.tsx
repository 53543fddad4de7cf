import { notifications } from '@mantine/notifications';
import { common } from '../lib/common-messages.ts';
import { describeError } from '../lib/describe-error.ts';
import { getPreferences, localeOf } from '../lib/preferences.ts';

/** Says at the edge of the page that something is done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'green', closeButtonProps: closeButton() });
}

/** Says that something failed, and why. */
export function notifyFailure(error: unknown): void {
  const locale = localeOf(getPreferences());
  const { message, requestId } = describeError(error, locale);
  notifications.show({
    title: common[locale].failed,
    message:
      requestId === undefined ? message : `${message} (${common[locale].requestId(requestId)})`,
    color: 'red',
    closeButtonProps: closeButton(),
    autoClose: 10_000,
  });
}

function closeButton() {
  return { 'aria-label': common[localeOf(getPreferences())].close };
}

interface Batch<T> {
  readonly title: string;
  readonly items: readonly T[];
  nameOf(item: T): string;
  run(item: T): Promise<unknown>;
}

/** Does the same to several items, one after the other, and tells how it went, item by item. */
export async function runBatch<T>({ title, items, nameOf, run }: Batch<T>): Promise<void> {
  const locale = localeOf(getPreferences());
  const m = common[locale];
  const id = notifications.show({
    title,
    message: '',
    loading: true,
    autoClose: false,
    closeButtonProps: closeButton(),
  });
  const failures: string[] = [];
  for (const [index, item] of items.entries()) {
    notifications.update({
      id,
      title,
      message: m.batchRunning(index, items.length),
      loading: true,
    });
    try {
      await run(item);
    } catch (error) {
      failures.push(`${nameOf(item)}: ${describeError(error, locale).message}`);
    }
  }
  const failed = failures.length > 0;
  notifications.update({
    id,
    title: failed ? `${title}: ${m.batchFailed(failures.length, items.length)}` : title,
    message: failed ? failures.join('\n') : m.batchDone(items.length),
    color: failed ? 'red' : 'green',
    loading: false,
    autoClose: failed ? false : 4000,
    style: { whiteSpace: 'pre-line' },
  });
}
