import type { PlanGraph } from '../plan-graph.ts';
import { cut } from './attributes.ts';
import { details, fence, plural } from '../../runner/markdown.ts';

const LONGEST_LABEL = 60;

/** Sign and class of a node. The colours of both say the same, and hold on light and dark pages. */
const LOOKS: Record<string, readonly [sign: string, name: string]> = {
  delete: ['−', 'destroy'],
  replace: ['±', 'replace'],
  update: ['~', 'change'],
  forget: ['·', 'change'],
  import: ['<', 'create'],
  move: ['>', 'change'],
  create: ['+', 'create'],
};
const CLASSES: Record<string, string> = {
  create: 'fill:#dafbe1,stroke:#1a7f37,color:#0a3622',
  change: 'fill:#fff8c5,stroke:#9a6700,color:#3b2300',
  replace: 'fill:#ffe2d5,stroke:#bc4c00,color:#471700',
  destroy: 'fill:#ffebe9,stroke:#cf222e,color:#4c0014',
  box: 'fill:none,stroke:#8c959f',
  same: 'fill:#f6f8fa,stroke:#8c959f,color:#424a53,stroke-dasharray:4 3',
};

/** What changes and what depends on it, as a picture that GitHub draws; nothing when there is nothing to connect. */
export function picturePart(graph: PlanGraph | undefined): string[] {
  if (graph === undefined) return [];
  const changed = graph.nodes.filter(({ action }) => action !== 'unchanged').length;
  const others = graph.nodes.length - changed;
  const more =
    others === 0 ? '' : `, and ${plural(others, 'unchanged one')} that ${others === 1 ? 'depends' : 'depend'} on them`;
  return [
    details(
      `<b>Picture</b> · what changes${more}`,
      `${fence('mermaid', diagram(graph))}\n\n<sub>An arrow goes from a resource to what depends on it.</sub>`,
    ),
  ];
}

/** The text of a mermaid flow chart; the resources of a module stand in a box. */
export function diagram({ nodes, edges }: PlanGraph): string {
  const modules = new Map<string, string[]>();
  const used = new Set<string>();
  nodes.forEach((node, index) => {
    const [module, name] = split(node.address);
    const [sign, look] = LOOKS[node.action] ?? ['', 'same'];
    used.add(look);
    const line = `n${index}["${label(sign === '' ? name : `${sign}\u00a0${name}`)}"]:::${look}`;
    modules.set(module, [...(modules.get(module) ?? []), line]);
  });
  const ids = [...modules.keys()].flatMap((module, index) => (module === '' ? [] : [`m${index}`]));
  if (ids.length > 0) used.add('box');
  const boxes = [...modules].flatMap(([module, lines], index) =>
    module === ''
      ? lines.map((line) => `  ${line}`)
      : [`  subgraph m${index}["${label(module)}"]`, ...lines.map((line) => `    ${line}`), '  end'],
  );
  return [
    'flowchart LR',
    ...boxes,
    ...edges.map(([from, to]) => `  n${from} --> n${to}`),
    ...(ids.length === 0 ? [] : [`  class ${ids.join(',')} box`]),
    ...Object.entries(CLASSES).flatMap(([name, style]) => (used.has(name) ? [`  classDef ${name} ${style}`] : [])),
  ].join('\n');
}

/** A module’s path and the resource in it; a group that is a module is its own name. */
function split(address: string): readonly [module: string, name: string] {
  const found = /^((?:module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.)+)(.+)$/.exec(address);
  return found?.[1] === undefined || found[2] === undefined ? ['', address] : [found[1].replace(/\.$/, ''), found[2]];
}

/** Mermaid reads quotes, backticks, HTML and its own entities in a label: all but harmless signs become numbers. */
function label(text: string): string {
  const short = text.length > LONGEST_LABEL ? `${cut(text, LONGEST_LABEL - 1)}…` : text;
  return [...short].map((sign) => (HARMLESS.test(sign) ? sign : `#${sign.codePointAt(0)};`)).join('');
}

const HARMLESS = /^[\p{L}\p{N} \u00a0_.,:/()[\]+−±~·…-]$/u;
