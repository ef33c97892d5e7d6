/** Text that is safe between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** HTML that is finished; `html` takes it as it is and escapes everything else. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

const asHtml = (value: Value): string => {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return (value as readonly Value[]).map(asHtml).join('');
  return value === null || value === undefined || value === false ? '' : escapeHtml(String(value as string | number));
};

/** Template tag: every value is escaped unless it is `Html` already. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings.map((text, i) => text + (i < values.length ? asHtml(values[i]) : '')).join(''));
}
