/** Who is in a concurrency group: one runs, one waits at most. */
interface Group {
  running: Member;
  waiting?: Member;
}

interface Member {
  readonly stop: AbortController;
  /** Ends the wait: true when it is this one's turn, false when it is not to run any more. */
  readonly go: (turn: boolean) => void;
}

const groups = new Map<string, Group>();

export interface ConcurrencyWish {
  /** Unique within the repository, whatever the case of its letters. */
  readonly group: string;
  /** Ends what runs, instead of waiting for it. */
  readonly cancelInProgress: boolean;
}

/**
 * Does the work when the group is free, as GitHub does: one of a group runs and one waits; who comes later takes the place of the one that
 * waits, which is cancelled. `undefined` when this one was cancelled while it waited. The signal tells the work that it is to end.
 */
export async function inGroup<T>(
  { group, cancelInProgress }: ConcurrencyWish,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const key = group.toLowerCase();
  const stop = new AbortController();
  const turn = await new Promise<boolean>((go) => {
    const member = { stop, go };
    const present = groups.get(key);
    if (present === undefined) {
      groups.set(key, { running: member });
      go(true);
      return;
    }
    present.waiting?.go(false);
    present.waiting = member;
    if (cancelInProgress) present.running.stop.abort();
  });
  if (!turn) return undefined;
  try {
    return await work(stop.signal);
  } finally {
    const next = groups.get(key)?.waiting;
    if (next === undefined) groups.delete(key);
    else {
      groups.set(key, { running: next });
      next.go(true);
    }
  }
}
