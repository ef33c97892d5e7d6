/** Parses a GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV file: `name=value` lines and `name<<MARK` blocks. Throws as the runner does. */
export function parseFileCommands(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (equals >= 0 && (block < 0 || equals < block)) {
      result[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const mark = line.slice(block + 2);
    const end = block < 1 || mark === '' ? -1 : lines.indexOf(mark, i + 1);
    if (block < 1) throw new Error(`Unable to process file command: Invalid format '${line}'`);
    if (end < 0) throw new Error(`Unable to process file command: Matching delimiter not found '${mark}'`);
    result[line.slice(0, block)] = lines.slice(i + 1, end).join('\n');
    i = end;
  }
  return result;
}
