import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * The text of the one sticky comment: a head that is made from all sections, then a section for each key (an
 * environment). Hidden HTML comments mark the parts, so that a job can replace its own and keep those of the others.
 */
export interface Section {
  /** Lower-case letters, digits and hyphens. */
  readonly key: string;
  /** What the head needs to know of this section: the cells of its row. */
  readonly cells: readonly string[];
  readonly body: string;
  /**
   * A shorter text that another job may put in place of `body` when it needs the room; packed, since it is not shown.
   * Without it the section takes no more than its share.
   */
  readonly short?: string | undefined;
}

/** GitHub's limit, in UTF-16 code units. */
export const COMMENT_LIMIT = 65_536;

const NAMESPACE = 'livekit-gke';

/** The marker of a kind of comment; a comment without it is someone else's. */
export const marker = (kind: string) => `<!-- ${NAMESPACE}:${kind} -->`;

/** Puts a comment together: marker, head, sections in the order of their keys. */
export function compose(
  kind: string,
  head: (sections: readonly Section[]) => string,
  sections: readonly Section[],
): string {
  const sorted = [...sections].sort((a, b) => (a.key < b.key ? -1 : 1));
  const parts = sorted.map(
    (section) =>
      `<!-- ${NAMESPACE}:section ${section.key} ${encodeCells(section.cells)}${packed(section.short)} -->\n${withoutMarkers(section.body).trim()}\n<!-- ${NAMESPACE}:end ${section.key} -->`,
  );
  return [marker(kind), withoutMarkers(head(sorted)).trim(), ...parts].join('\n\n');
}

/** The sections of a comment's text; what is damaged is left out, and its job writes it anew. */
export function sectionsOf(text: string): Section[] {
  const pattern = new RegExp(
    `<!-- ${NAMESPACE}:section ([a-z0-9-]+) ([\\w-]+)(?: ([\\w-]+))? -->\\n([\\s\\S]*?)\\n<!-- ${NAMESPACE}:end \\1 -->`,
    'g',
  );
  const sections: Section[] = [];
  for (const [, key, cells, short, body] of text.replaceAll('\r\n', '\n').matchAll(pattern)) {
    const decoded = decodeCells(cells ?? '');
    if (key === undefined || body === undefined || decoded === undefined) continue;
    sections.push({ key, cells: decoded, body, short: unpacked(short) });
  }
  return sections;
}

/** The sections with one of them replaced or added. */
export function withSection(sections: readonly Section[], section: Section): Section[] {
  return [...sections.filter((other) => other.key !== section.key), section];
}

/** UTF-16 code units that the packed shorter text takes. */
export const packedLength = (short: string) => packed(short).length;

function packed(short: string | undefined): string {
  return short === undefined ? '' : ` ${deflateRawSync(short, { level: 9 }).toString('base64url')}`;
}

function unpacked(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: 4 * COMMENT_LIMIT }).toString('utf8');
  } catch {
    return undefined;
  }
}

/** A value in a plan could hold our markers and so take over another section; a zero-width space breaks them. */
function withoutMarkers(text: string): string {
  return text.replaceAll(`<!-- ${NAMESPACE}:`, `<!-- ${NAMESPACE}\u200b:`);
}

// Base64url has neither `--` nor `>`, which would end an HTML comment.
const encodeCells = (cells: readonly string[]) => Buffer.from(JSON.stringify(cells)).toString('base64url');

function decodeCells(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.every((cell) => typeof cell === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
