/** New records of one app are saved together while an earlier save of it runs, at most this many. */
const groupSize = 200;

type Waiting<Row> = { done: (result: Promise<Row[]>) => void };

/**
 * Gathers the saves that come for an app while one of its saves runs into one: one transaction, one statement, one commit
 * for many requests. `save` gives back as many rows as records, in their order; what it refuses is saved one by one.
 */
export function createSaveQueue<Item, Row>(
  save: (app: number, items: readonly Item[]) => Promise<Row[]>,
): (app: number, items: Item[]) => Promise<Row[]> {
  type Member = Waiting<Row> & { items: Item[] };
  const running = new Map<number, Member[]>();

  function next(app: number): void {
    const waiting = running.get(app)!;
    if (waiting.length === 0) {
      running.delete(app);
      return;
    }
    const members = [waiting.shift()!];
    let size = members[0]!.items.length;
    while (waiting.length > 0 && size + waiting[0]!.items.length <= groupSize) {
      const member = waiting.shift()!;
      size += member.items.length;
      members.push(member);
    }
    void saveGroup(app, members).finally(() => next(app));
  }

  async function saveGroup(app: number, members: readonly Member[]): Promise<void> {
    try {
      const rows = await save(
        app,
        members.flatMap(({ items }) => items),
      );
      for (const { items, done } of members) done(Promise.resolve(rows.splice(0, items.length)));
    } catch (error) {
      if (members.length === 1) {
        members[0]!.done(Promise.reject(error));
        return;
      }
      // somebody's record does not fit: each one alone, so that only he hears of it
      for (const { items, done } of members) {
        const alone = save(app, items);
        done(alone);
        await alone.catch(() => undefined);
      }
    }
  }

  return (app, items) => {
    const waiting = running.get(app);
    if (waiting) {
      return new Promise((resolve) => {
        waiting.push({ items, done: resolve });
      });
    }
    running.set(app, []);
    return save(app, items).finally(() => next(app));
  };
}
