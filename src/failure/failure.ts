/** A failure whose cause is known. `message` is one sentence that says what happened. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** Unique, documented in docs/messages.md, for example `LK-PLAN-003`. */
  readonly code: string;
  readonly why: string;
  readonly fix: string;
  /** What a reader may want to see below the sentence: the last lines of a log, an answer's body. Already masked. */
  readonly evidence: string | undefined;

  constructor(
    code: string,
    detail: { what: string; why: string; fix: string; evidence?: string | undefined; cause?: unknown },
  ) {
    super(detail.what, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.why = detail.why;
    this.fix = detail.fix;
    this.evidence = detail.evidence;
  }
}

/** One row of a catalogue: what the message means in general. The thrown failure may say it more exactly. */
export interface FailureKind {
  readonly number: number;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
}

/** What is known at the place where it happened; `why` and `fix` replace the catalogue's general words. */
export interface FailureDetail {
  readonly what: string;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
  readonly evidence?: string | undefined;
  readonly cause?: unknown;
}

export interface Catalogue<Kinds extends Record<string, FailureKind>> {
  readonly area: string;
  readonly kinds: Kinds;
  /** Makes the failure; the caller throws it. */
  failure(kind: keyof Kinds & string, detail: FailureDetail): Failure;
  code(kind: keyof Kinds & string): string;
}

/**
 * Declares the failures of one area. `docs/messages.md` is generated from all catalogues, so each message has a page
 * section with cause and fix.
 */
export function catalogue<const Kinds extends Record<string, FailureKind>>(
  area: string,
  kinds: Kinds,
): Catalogue<Kinds> {
  const code = (kind: keyof Kinds & string) => `LK-${area}-${String(kinds[kind]?.number).padStart(3, '0')}`;
  return {
    area,
    kinds,
    code,
    failure(kind, detail) {
      const general = kinds[kind];
      if (general === undefined) throw new TypeError(`no failure ${kind} in the catalogue ${area}`);
      return new Failure(code(kind), {
        what: detail.what,
        why: detail.why ?? general.why,
        fix: detail.fix ?? general.fix,
        evidence: detail.evidence,
        cause: detail.cause,
      });
    },
  };
}

/** The words of anything that was thrown, in one line. */
export function reason(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return reason(thrown.errors[0]);
  if (thrown instanceof Error) {
    const cause = thrown.cause === undefined ? '' : `: ${reason(thrown.cause)}`;
    return `${thrown.message.trim() || thrown.name}${thrown.message.includes(cause.slice(2)) ? '' : cause}`.replace(
      /\s+/g,
      ' ',
    );
  }
  return String(thrown);
}
