/** Configurations at random, for tests: full of what looks like a secret variable and is none. */

/** A generator that gives the same numbers in each run (Park and Miller). */
export function generator(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}
export type Random = ReturnType<typeof generator>;

export interface RandomConfiguration {
  readonly text: string;
  /** The secret variables by name, each with the text of its default. */
  readonly secret: ReadonlyMap<string, string>;
}

const DECOY = 'variable "decoy" { sensitive = true }';
const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)] as T;

/** What may stand between two items. */
const gap = (random: Random) =>
  pick(random, ['', '\n', `# ${DECOY} }}} "\n`, `// ${DECOY} <<EOT\n`, `/* ${DECOY}\n } " */\n`, '\r\n', '\t\n  ']);

/** An expression that any engine can evaluate; every text in it is harmless. */
function expression(random: Random, depth = 0): string {
  const inner = () => expression(random, depth + 1);
  const forms: (() => string)[] = [
    () => 'true',
    () => String(random(1000)),
    () => JSON.stringify(`a } { # // /* <<EOT ${DECOY}`),
    () => '"\\\\"',
    () => '"$${ not } %%{ a template"',
    () => '"${ "}" }{"',
    () => '"${ upper("${ "}\\"{" }") } /*"',
    () => '"%{ if true }}%{ else }{%{ endif }"',
  ];
  const nested: (() => string)[] = [
    () => `[${inner()}, ${inner()}]`,
    () => `{\n a = ${inner()} # }\n "b" = ${inner()}\n}`,
    () => `(\n${inner()}\n/* ) */)`,
    () => heredoc(random, '<<'),
    () => heredoc(random, '<<-'),
  ];
  return pick(random, depth < 3 ? [...forms, ...nested] : forms)();
}

function heredoc(random: Random, sign: '<<' | '<<-'): string {
  const marker = pick(random, ['EOT', 'end-1', '_x']);
  const lines = [
    DECOY,
    '}',
    '"',
    '#',
    '/*',
    '$${',
    '${ "}" }',
    `x ${marker}`,
    '${ <<IN\n}\nIN\n}',
    '%{ if true }{%{ endif }',
  ];
  const content = Array.from({ length: random(5) }, () => `  ${pick(random, lines)}\n`).join('');
  // In brackets, since the marker must be alone on its line.
  return `[${sign}${marker}\n${content}  ${marker}\n]`;
}

export function randomConfiguration(seed: number): RandomConfiguration {
  const random = generator(seed);
  const secret = new Map<string, string>();
  let text = '';
  for (let index = 0; index < 12; index++) {
    text += gap(random);
    if (random(3) === 0) {
      text += `locals {\n${gap(random)}  local_${index} = ${expression(random)}\n}\n`;
      continue;
    }
    const name = `v${index}`;
    const value = `default-${seed}-${index}`;
    const mark = pick(random, [
      '',
      'sensitive = false',
      'sensitive = true',
      'ephemeral = true',
      'sensitive = true # false',
    ]);
    const lines = [
      `description = ${JSON.stringify(`sensitive = true } ${DECOY}`)}`,
      `default = { ${pick(random, ['k', '"k"'])} = ${JSON.stringify(value)}, sensitive = "true" }`,
      ...(mark === '' ? [] : [mark]),
      ...(random(2) === 0
        ? []
        : [`validation {\n condition = var.${name} != "}"\n error_message = "Sensitive = true }."\n}`]),
    ];
    if (random(2) === 0) lines.reverse();
    if (mark !== '' && !mark.endsWith('= false')) secret.set(name, value);
    text += `variable ${pick(random, [`"${name}"`, `/* { */ "${name}"`])} {\n${lines.map((line) => `${gap(random)}${line}\n`).join('')}}\n`;
  }
  return { text, secret };
}
