/**
 * What `work` gives, or the signal's reason as soon as that is aborted. No race with one promise for all pages: such a
 * promise keeps every page that it was raced with.
 */
export function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(signal.reason);
    signal.addEventListener('abort', stopped, { once: true });
    if (signal.aborted) stopped();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped));
  });
}
