/** A `variable` or `output` block as `terraform fmt` leaves it. */
interface Declaration {
  readonly name: string;
  readonly body: string;
}

/** A table of the variables in a file: what each means, and its default (of an object, those of its parts). */
export function inputTable(source: string): string {
  const rows = declarations(source, 'variable').map(({ name, body }) => {
    const ephemeral = /^ {2}ephemeral += true$/m.test(body) ? ' Ephemeral.' : '';
    return `| \`${name}\` | ${descriptionOf(body)}${ephemeral && !/ephemeral/i.test(descriptionOf(body)) ? ephemeral : ''} | ${defaultOf(body)} |`;
  });
  return ['| input | meaning | default |', '|---|---|---|', ...rows].join('\n');
}

/** A table of the outputs in a file. */
export function outputTable(source: string): string {
  const rows = declarations(source, 'output').map(({ name, body }) => `| \`${name}\` | ${descriptionOf(body)} |`);
  return ['| output | meaning |', '|---|---|', ...rows].join('\n');
}

function declarations(source: string, kind: string): Declaration[] {
  const blocks = source.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n([\\s\\S]*?)^\\}$`, 'gm'));
  return [...blocks].map(([, name = '', body = '']) => ({ name, body }));
}

function descriptionOf(body: string): string {
  const heredoc = /^ {2}description = <<-EOT\n([\s\S]*?)^ *EOT$/m.exec(body)?.[1];
  const quoted = /^ {2}description += "((?:[^"\\]|\\.)*)"$/m.exec(body)?.[1];
  const text = heredoc ?? quoted?.replaceAll(/\\(.)/g, '$1');
  if (text === undefined) throw new Error(`A declaration has no description:\n${body}`);
  return cell(text);
}

function defaultOf(body: string): string {
  const type = valueOf(body, 'type') ?? '';
  const parts = type.startsWith('object(') ? [...type.matchAll(/(\w+) += optional\([^,]+, (.*)\)$/gm)] : [];
  const lines = parts.map(([, name = '', part = '']) => code(`${name} = ${part}`));
  const value = valueOf(body, 'default');
  const whole = value === undefined ? 'required' : code(value);
  return lines.length === 0 ? whole : value === '{}' ? lines.join('<br>') : [whole, ...lines].join('<br>');
}

/** The argument's expression, over as many lines as its brackets are open. */
function valueOf(body: string, argument: string): string | undefined {
  const start = new RegExp(`^ {2}${argument} += `, 'm').exec(body);
  if (!start) return undefined;
  const lines: string[] = [];
  let open = 0;
  for (const line of body.slice(start.index + start[0].length).split('\n')) {
    lines.push(line);
    const bare = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
    open += [...bare.matchAll(/[([{]/g)].length - [...bare.matchAll(/[)\]}]/g)].length;
    if (open <= 0) break;
  }
  return lines.join('\n').trim();
}

function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')}\``;
}

/** One line, in which nothing is taken for HTML or for the end of a cell. */
function cell(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;').replaceAll('|', '\\|');
}
