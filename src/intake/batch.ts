/**
 * Groups what arrives in one turn of the event loop, or while a commit is under way, into one commit: the price of
 * syncing to disk is paid once for all of them. Keeps the order; one commit at a time.
 * @param commit gets the items of a group and answers for each, in the same order
 * @param waitMs how long the first of a group waits for others; for what is not urgent
 */
export function createBatcher<T, R>(
  commit: (items: T[]) => Promise<R[]>,
  waitMs?: number,
): (item: T) => Promise<R> {
  let group: { item: T; resolve(result: R): void; reject(error: unknown): void }[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    while (group.length > 0) {
      const current = group;
      group = [];
      try {
        const results = await commit(current.map((entry) => entry.item));
        current.forEach((entry, index) => {
          entry.resolve(results[index]!);
        });
      } catch (error) {
        for (const entry of current) entry.reject(error);
      }
    }
    busy = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      group.push({ item, resolve, reject });
      if (busy) return;
      busy = true;
      // An immediate comes after the sockets that are readable in this turn have all been read.
      if (waitMs === undefined) setImmediate(() => void flush());
      else setTimeout(() => void flush(), waitMs);
    });
}
