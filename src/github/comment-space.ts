import { COMMENT_LIMIT, compose, packedLength, type Section } from './comment-body.ts';

/** Makes a section that takes at most `room` UTF-16 code units. */
export type Draw = (room: number) => { readonly cells: readonly string[]; readonly body: string };

interface Frame {
  readonly kind: string;
  readonly head: (sections: readonly Section[]) => string;
  readonly key: string;
}

/** So many sections have room side by side, each with the same share: dev, stg and prd. */
const SECTIONS = 3;
/** For the head's row and the marks of a section that is not there yet, and for what a redaction may add. */
const RESERVE = 1_000;

/**
 * All sections of the comment with the own one among them. Each has its share of the comment. What the others leave may be
 * taken as well, with a shorter text packed beside the longer one: a job that needs its share puts the shorter texts of the
 * others in place. So nobody has to know who else will come, and nobody's section is lost. Pure.
 */
export function arrange(frame: Frame, others: readonly Section[], draw: Draw): Section[] {
  const share = shareOf(frame, others);
  const modest = draw(share);
  const fits = (sections: readonly Section[]) => roomBeside(frame, sections) >= modest.body.length;
  let beside = others;
  // The largest first, as few as need be.
  for (const loan of others.filter(isLoan).toSorted((a, b) => b.body.length - a.body.length)) {
    if (fits(beside)) break;
    beside = beside.map((other) => (other === loan ? returned(other) : other));
  }
  const room = roomBeside(frame, beside);
  const own = modest.body.length > room ? draw(Math.max(0, room)) : larger(draw, room, modest, share);
  return [...beside, { key: frame.key, ...own }];
}

/** The fullest text that fits with the modest one packed beside it, when it tells more. */
function larger(draw: Draw, room: number, modest: ReturnType<Draw>, share: number): Omit<Section, 'key'> {
  const left = room - packedLength(modest.body);
  if (left <= share) return modest;
  const own = draw(left);
  return own.body.length > share ? { ...own, short: modest.body } : own;
}

const isLoan = ({ short }: Section) => short !== undefined;
const returned = ({ key, cells, short = '' }: Section): Section => ({ key, cells, body: short });

function shareOf(frame: Frame, others: readonly Section[]): number {
  const bare = others.map(({ key, cells }): Section => ({ key, cells, body: '' }));
  return Math.floor((roomBeside(frame, bare) - RESERVE) / Math.max(SECTIONS, others.length + 1));
}

const roomBeside = (frame: Frame, sections: readonly Section[]) =>
  COMMENT_LIMIT - compose(frame.kind, frame.head, sections).length - RESERVE;
