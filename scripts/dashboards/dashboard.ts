/** Grafana's JSON model as far as these dashboards need it. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model */

/** A number (`stat`) or lines over time. */
export interface Panel {
  readonly title: string;
  readonly kind: 'stat' | 'lines';
  /** Grafana's name of the unit: short, reqps, percentunit, s, ms, bytes, Bps. */
  readonly unit: string;
  /** PromQL by the legend of its lines; `{{label}}` in it is a label's value. */
  readonly queries: Readonly<Record<string, string>>;
  readonly description?: string;
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const COLUMNS = 24;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana reads it: rows of panels, the numbers four a line and the lines two. */
export function grafanaDashboard({ uid, title, rows }: Board) {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap((row) => {
    const head = {
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
    };
    let x = 0;
    let height = 0;
    const placed = row.panels.map((panel) => {
      const [w, h] = panel.kind === 'stat' ? [6, 4] : [12, 8];
      if (x + w > COLUMNS) [x, y] = [0, y + height];
      const gridPos = { x, y, w, h };
      [x, height] = [x + w, h];
      return { id: ++id, ...shown(panel), gridPos };
    });
    y += height;
    return [head, ...placed];
  });
  return {
    uid,
    title,
    tags: ['livekit-gke'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {} }],
    },
    panels,
  };
}

function shown({ title, kind, unit, queries, description }: Panel) {
  return {
    title,
    ...(description !== undefined && { description }),
    type: kind === 'stat' ? 'stat' : 'timeseries',
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}
