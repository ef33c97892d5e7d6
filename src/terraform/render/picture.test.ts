import { mermaidParser } from '../../runner/mermaid.fixture.ts';
import type { PlanGraph } from '../plan-graph.ts';
import { diagram, picturePart } from './picture.ts';

interface Diagram {
  readonly db: {
    getVertices(): Map<string, { text: string; classes: string[] }>;
    getEdges(): { start: string; end: string }[];
    getSubGraphs(): { title: string; nodes: string[] }[];
  };
}

const parse = mermaidParser<Diagram>();
const graph = (addresses: readonly string[], edges: PlanGraph['edges'] = []): PlanGraph => ({
  nodes: addresses.map((address) => ({ address, action: 'update' })),
  edges,
});
/** `#34;` is what mermaid makes of its own escape before it draws. */
const shown = (text: string) =>
  text.replace(/ﬂ°°(\d+)¶ß|#(\d+);/g, (_all, one?: string, other?: string) =>
    String.fromCodePoint(Number(one ?? other)),
  );

test('is a flow chart with the nodes, their looks and their edges', async () => {
  const { db } = await parse(
    diagram({
      nodes: [
        { address: 'google_compute_network.network', action: 'replace' },
        { address: 'module.gke["dev"].google_container_cluster.cluster', action: 'create' },
      ],
      edges: [[0, 1]],
    }),
  );
  expect([...db.getVertices().values()].map(({ text, classes }) => [shown(text), ...classes])).toEqual([
    ['±\u00a0google_compute_network.network', 'replace'],
    ['+\u00a0google_container_cluster.cluster', 'create'],
  ]);
  expect(db.getEdges()).toMatchObject([{ start: 'n0', end: 'n1' }]);
  expect(db.getSubGraphs().map(({ title, nodes }) => [shown(title), nodes])).toEqual([['module.gke["dev"]', ['n1']]]);
});

test.each([
  'x.y["a\\"b"]',
  'x.y["`code` **bold**"]',
  'x.y["<img src=x onerror=alert(1)>"]',
  'x.y["#quot; &amp; %% ;"]',
  'x.y["--> end subgraph"]',
  'x.y["click n0 href"]',
  'x.y["日本語"]',
  'x.y["a\nb"]',
])('a name stays a label, whatever is in it: %s', async (address) => {
  const { db } = await parse(diagram(graph([address, 'a.b'], [[0, 1]])));
  const texts = [...db.getVertices().values()].map(({ text }) => shown(text));
  expect(texts).toEqual([`~\u00a0${address}`, '~\u00a0a.b']);
  expect([...db.getVertices().values()][0]?.text).not.toMatch(/[<>"`]/);
});

test('forty nodes with forty edges are read', async () => {
  const addresses = Array.from({ length: 40 }, (_, index) => `module.m["${index % 7}"].x.y[${index}]`);
  const { db } = await parse(
    diagram(
      graph(
        addresses,
        addresses.slice(1).map((_, index) => [index, index + 1]),
      ),
    ),
  );
  expect(db.getVertices().size).toBe(40);
  expect(db.getEdges()).toHaveLength(39);
  expect(db.getSubGraphs()).toHaveLength(7);
});

test('the parser does refuse what is no flow chart', async () => {
  await expect(parse('flowchart LR\n n0[" --> n1')).rejects.toThrow();
});

test('there is no picture when nothing is connected', () => {
  expect(picturePart(undefined)).toEqual([]);
});
