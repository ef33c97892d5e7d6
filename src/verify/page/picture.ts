import { type Html, html } from './html.ts';
import { type Link, SIGNS, styleOf } from './links.ts';
import type { Scene, SceneNode, ScenePod } from './scene.ts';

/** All in the drawing's own units; the page scales it. */
const WIDTH = 1080;
const CLIENTS = { x: 10, width: 110 };
const BALANCER = { x: 150, width: 200, bus: 250 };
const TURN = { x: 370, width: 200, bus: 470 };
const CARD = { x: 600, width: 330 };
const REDIS = { x: 980, width: 90 };
const TOP = { y: 20, height: 88 };
const HEAD_HEIGHT = 44;
const ROW_HEIGHT = 30;
const POD_HEIGHT = 28;
const GAP = 26;
const LANES = 12;

/** Rows of a pod's card from the top; each is where a way ends. */
const ROWS: readonly Link['kind'][] = ['signal', 'udp', 'tcp', 'turn-udp', 'turn-tls', 'inner', 'redis'];

/** The deployment as a drawing: who reaches whom by which port. Each way has a sign, a line of its own kind, and a link to its check. */
export function picture(scene: Scene, links: readonly Link[]): Html {
  const cards: Card[] = [];
  let y = TOP.y + TOP.height + 46;
  let lane = 0;
  for (const node of scene.nodes) {
    const height = HEAD_HEIGHT + Math.max(node.pods.length * (POD_HEIGHT + ROWS.length * ROW_HEIGHT), POD_HEIGHT) + 8;
    cards.push({ node, y, height, lane });
    lane += node.pods.length;
    y += height + GAP;
  }
  const bottom = Math.max(y - GAP, TOP.y + TOP.height + 120);
  const waitingHeight = scene.waiting.length * 24;
  const height = bottom + (waitingHeight > 0 ? waitingHeight + 40 : 0) + 20;
  const first = (kind: Link['kind']) => links.find((link) => link.kind === kind);
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="group" aria-labelledby="picture-title" class="picture">
    <title id="picture-title">The deployment: clients, load balancers, nodes with their pods, and Redis</title>
    ${block(CLIENTS.x, TOP.y, CLIENTS.width, bottom - TOP.y, ['Clients'])}
    ${block(BALANCER.x, TOP.y, BALANCER.width, TOP.height, ['Load balancer', shorten(scene.domain, 27)])}
    ${block(TURN.x, TOP.y, TURN.width, TOP.height, ['TURN over TLS', shorten(scene.turnDomain, 27)])}
    ${block(REDIS.x, TOP.y, REDIS.width, bottom - TOP.y, ['Redis'])} ${toBalancer(first('balancer'))}
    ${toTurn(first('turn'))} ${cards.map((card) => drawCard(card, links))}
    ${scene.waiting.map(
      (name, index) =>
        html`<text x="${CARD.x}" y="${bottom + 36 + index * 24}" class="note"
          >✕ ${shorten(name, 34)}: on no node</text
        > `,
    )}
  </svg>`;
}

interface Card {
  readonly node: SceneNode;
  readonly y: number;
  readonly height: number;
  /** Of its first pod. */
  readonly lane: number;
}

function block(x: number, y: number, width: number, height: number, lines: readonly string[]): Html {
  return html`<g class="block"
    ><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" />${lines.map(
      (line, index) =>
        html`<text
          x="${x + width / 2}"
          y="${y + 28 + index * 20}"
          text-anchor="middle"
          class="${index === 0 ? 'name' : 'small'}"
          >${line}</text
        >`,
    )}</g
  >`;
}

function toBalancer(link: Link | undefined): Html | undefined {
  if (link === undefined) return undefined;
  const y = TOP.y + 20;
  const end = BALANCER.x;
  const line = `M${CLIENTS.x + CLIENTS.width} ${y}H${end}`;
  return way(link, line, { x: end - 15, y }, below(BALANCER.x + BALANCER.width / 2));
}

/** Below the load balancer. */
function toTurn(link: Link | undefined): Html | undefined {
  if (link === undefined) return undefined;
  const y = TOP.y + TOP.height + 18;
  const x = TURN.x + 30;
  const line = `M${CLIENTS.x + CLIENTS.width} ${y}H${x}V${TOP.y + TOP.height}`;
  return way(link, line, { x: x - 50, y }, below(TURN.x + TURN.width / 2));
}

/** Under a block's own lines. */
function below(x: number) {
  return (port: string, word: string) =>
    html`<text x="${x}" y="${TOP.y + 74}" text-anchor="middle" class="word">${port}: ${word}</text>`;
}

function drawCard({ node, y, height, lane }: Card, links: readonly Link[]): Html {
  const address = node.address ?? 'no external address';
  return html`<g class="block"
      ><rect x="${CARD.x}" y="${y}" width="${CARD.width}" height="${height}" rx="8" />
      <text x="${CARD.x + 14}" y="${y + 20}" class="name">${shorten(node.name, 38)}</text>
      <text x="${CARD.x + 14}" y="${y + 37}" class="small">node, ${address}</text>
      ${node.pods.length === 0 ? html`<text x="${CARD.x + 14}" y="${y + 62}" class="small">no pod of LiveKit</text>` : undefined}</g
    >
    ${node.pods.map((pod, index) =>
      drawPod(
        pod,
        y + HEAD_HEIGHT + index * (POD_HEIGHT + ROWS.length * ROW_HEIGHT),
        links,
        ((lane + index) % LANES) * 7,
      ),
    )}`;
}

function drawPod(pod: ScenePod, y: number, links: readonly Link[], lane: number): Html {
  const rows = ROWS.flatMap((kind) => links.find((link) => link.kind === kind && link.pod === pod.name) ?? []);
  return html`<rect
      x="${CARD.x + 6}"
      y="${y + 2}"
      width="${CARD.width - 12}"
      height="${POD_HEIGHT + rows.length * ROW_HEIGHT - 2}"
      rx="6"
      class="pod"
    />
    <text x="${CARD.x + 14}" y="${y + 21}" class="mono">${shorten(pod.name, 28)}</text>
    <text x="${CARD.x + CARD.width - 14}" y="${y + 21}" text-anchor="end" class="small">${pod.state}</text>
    ${rows.map((link, index) => drawRow(link, y + POD_HEIGHT + index * ROW_HEIGHT + ROW_HEIGHT / 2, lane))}`;
}

/** `lane` is how far to the left the ways from a block run down, so that each is seen. */
function drawRow(link: Link, y: number, lane: number): Html {
  const left = CARD.x;
  const right = CARD.x + CARD.width;
  const badge = { x: left - 16, y };
  const label = (port: string, word: string) =>
    html`<text x="${left + 14}" y="${y + 5}" class="port">${port}</text>
      <text x="${right - 14}" y="${y + 5}" text-anchor="end" class="word">${word}</text>`;
  const start = CLIENTS.x + CLIENTS.width;
  switch (link.kind) {
    case 'signal':
      return way(link, `M${BALANCER.bus - lane} ${TOP.y + TOP.height}V${y}H${left}`, badge, label);
    case 'turn-tls':
      return way(link, `M${TURN.bus - lane} ${TOP.y + TOP.height}V${y}H${left}`, badge, label);
    case 'redis':
      return way(link, `M${right} ${y}H${REDIS.x}`, { x: right + 22, y }, label);
    case 'inner': {
      // What comes from outside ends before it.
      const stop = left - 50;
      const line =
        link.state === 'pass' ? `M${start} ${y}H${stop}M${stop} ${y - 9}V${y + 9}` : `M${start} ${y}H${left}`;
      return way(link, line, badge, label);
    }
    default:
      return way(link, `M${start} ${y}H${left}`, badge, label);
  }
}

/** A way: its line, its sign, and `label` with its port, its state in a word, and the round trip. */
function way(
  link: Link,
  path: string,
  badge: { readonly x: number; readonly y: number },
  label: (port: string, word: string) => Html,
): Html {
  const { state, roundTripMilliseconds: trip, kind } = link;
  const word = `${state}${trip === undefined ? '' : `, ${formatMilliseconds(trip)}`}`;
  const name = `${link.from} to ${link.to}, ${link.port}: ${word}`;
  const content = html`<title>${name}</title>
    <path d="${path}" class="line" />
    <circle cx="${badge.x}" cy="${badge.y}" r="10" class="badge" />
    <text x="${badge.x}" y="${badge.y + 5}" text-anchor="middle" class="sign">${SIGNS[state]}</text>
    ${label(kind === 'redis' ? 'Redis' : link.port, word)}`;
  return link.check === undefined
    ? html`<g class="way ${styleOf(state)}">${content}</g>`
    : html`<a href="#check-${link.check}" aria-label="${name}" class="way ${styleOf(state)}">${content}</a>`;
}

export function formatMilliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** The end is what tells names apart. */
function shorten(text: string, characters: number): string {
  const all = [...text];
  if (all.length <= characters) return text;
  const head = Math.floor((characters - 1) / 2);
  return `${all.slice(0, head).join('')}…${all.slice(all.length - (characters - 1 - head)).join('')}`;
}
