import type { Place } from '../../runner/log.ts';
import { code, prose } from '../../runner/markdown.ts';

/** `terraform/environments/dev/main.tf:12`, as sentences about files have it. */
const PLACE = /(?<![\w./`-])((?:[\w.-]+\/)*[\w.-]+\.(?:tf|tofu|tfvars|tf\.json|ya?ml):\d+)(?![\w`])/;

/** A place in a file as a link to its line, at the commit that `commitUrl` leads to. */
export function placeLink({ file, line = 1 }: Place, commitUrl: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  const blob = commitUrl.replace(/\/commit\/([^/]+)$/, '/blob/$1');
  return `[${code(`${file}:${line}`)}](${blob}/${path}#L${line})`;
}

/** As `prose`, with each place of the repository as a link. */
export function linkedProse(text: string, commitUrl: string | undefined): string {
  if (commitUrl === undefined) return prose(text);
  return text
    .split(PLACE)
    .map((part, index) => (index % 2 === 0 ? prose(part) : linked(part, commitUrl)))
    .join('');
}

/** Links to the places of a text, each once, but for those that another text has already. */
export function placeLinks(text: string, commitUrl: string | undefined, not: string): string[] {
  if (commitUrl === undefined) return [];
  const places = text.split(PLACE).filter((_, index) => index % 2 === 1);
  return [...new Set(places)].filter((place) => !not.includes(place)).map((place) => linked(place, commitUrl));
}

function linked(place: string, commitUrl: string): string {
  const [, file = '', line = '1'] = /^(.*):(\d+)$/.exec(place) ?? [];
  return file.split('/').includes('..') ? prose(place) : placeLink({ file, line: Number(line) }, commitUrl);
}
