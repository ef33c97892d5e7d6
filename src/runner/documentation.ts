/**
 * Where a page of this suite's documentation is read: on GitHub at the very release that the job uses (the runner says which), elsewhere in
 * the checkout. `section` is an anchor; a code or a check's id has one.
 */
export function documentation(page: string, section?: string): string {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_ACTION_REPOSITORY: repository } = process.env;
  const reference = process.env['GITHUB_ACTION_REF'];
  const anchor = section === undefined ? '' : `#${section.toLowerCase()}`;
  if (!repository || !reference) return `${page}${anchor}`;
  return `${server}/${repository}/blob/${reference}/${page}${anchor}`;
}

/** The same as markdown: the text leads there where there is an address, and is just text where the reader has the checkout. */
export function documented(text: string, page: string, section?: string): string {
  const address = documentation(page, section);
  return address.startsWith('https://') ? `[${text}](${address})` : text;
}

/** The page of all codes. */
export const MESSAGES_PAGE = 'docs/messages.md';

/** A failure's code as markdown, which leads to its section; one that was read from elsewhere and is none leads nowhere. */
export function documentedCode(code: string, shown = `**${code}**`): string {
  return /^LK-[A-Z]+-\d{3}$/.test(code) ? documented(shown, MESSAGES_PAGE, code) : shown;
}
