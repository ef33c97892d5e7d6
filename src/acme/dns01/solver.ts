/** What the authority wants to see in the DNS for one name. */
export interface Challenge {
  /** As ordered: `*.example.com`. */
  readonly domain: string;
  readonly value: string;
}

/** Answers challenges by TXT records. One of these is for one order. */
export interface DnsSolver {
  /** Finds for each name where its record must be, without writing anything; throws LK-ACME-013, -014, -016, -017. */
  prepare(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Removes what an earlier run left behind; gives how many records these were. */
  removeLeftovers(): Promise<number>;
  /** Writes all records, then waits until every name server of their zones serves them; throws LK-ACME-015. */
  present(challenges: readonly Challenge[], signal: AbortSignal): Promise<void>;
  /** Removes what `present` wrote, whether it ended well or not; throws LK-ACME-022. */
  cleanUp(): Promise<void>;
}

/** A TXT value that is, or may be, in a zone because it was written here. */
export interface ChallengeRecord {
  readonly project: string;
  readonly zone: string;
  /** Without the dot at the end. */
  readonly name: string;
  readonly value: string;
}

/**
 * Which values in the DNS are ours. Nothing in a TXT record tells who wrote it, and other clients may answer challenges at the
 * same names; so each value is noted here before it is written, and struck off after it is gone. Wherever a run is killed, the
 * journal names at least all that it left, and never anything of others.
 */
export interface ChallengeJournal {
  read(): Promise<readonly ChallengeRecord[]>;
  /** Replaces all that is noted. */
  write(records: readonly ChallengeRecord[]): Promise<void>;
}
