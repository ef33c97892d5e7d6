/** Above this many lines that differ the table of the longest common subsequence would cost too much: all is new then. */
const MOST_COMPARED = 500;
const CONTEXT = 2;

/** The difference of two texts as lines that begin with `- `, `+ ` or two spaces, unchanged stretches shortened. */
export function lineDiff(before: string, after: string, most: number): string[] {
  const a = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const b = after === '' ? [] : after.replace(/\n$/, '').split('\n');
  const [head, tail] = sameEnds(a, b);
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const inner =
    left.length > MOST_COMPARED || right.length > MOST_COMPARED ? wholesale(left, right) : common(left, right);
  const same = (lines: readonly string[]) => lines.map((line): Line => [' ', line]);
  const all = [...same(a.slice(0, head)), ...inner, ...same(a.slice(a.length - tail))];
  const lines = shorten(all).map(([sign, line]) => `${sign} ${line.length > 200 ? `${line.slice(0, 199)}…` : line}`);
  return lines.length > most ? [...lines.slice(0, most), `  … ${lines.length - most} more lines`] : lines;
}

type Line = readonly [sign: '-' | '+' | ' ', text: string];

/** How many lines are the same at the start, and of the rest at the end: often all but a few of a long text. */
function sameEnds(a: readonly string[], b: readonly string[]): readonly [head: number, tail: number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [head, tail];
}

function wholesale(a: readonly string[], b: readonly string[]): Line[] {
  return [...a.map((line): Line => ['-', line]), ...b.map((line): Line => ['+', line])];
}

function common(a: readonly string[], b: readonly string[]): Line[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push([' ', left]);
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', left]);
      i++;
    } else if (right !== undefined) {
      lines.push(['+', right]);
      j++;
    }
  }
  return lines;
}

function shorten(lines: readonly Line[]): Line[] {
  const near = lines.map(() => false);
  lines.forEach(([sign], index) => {
    if (sign !== ' ') near.fill(true, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  return lines.flatMap((line, index): Line[] => {
    if (near[index]) return [line];
    return index === 0 || near[index - 1] ? [[' ', '⋮']] : [];
  });
}
