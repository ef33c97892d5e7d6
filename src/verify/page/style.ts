import { Html } from './html.ts';

/** The page's style. Colours have a contrast of 4.5 and more on either ground; none of them says what a sign or word does not. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --ground: #ffffff; --block: #f4f6f8; --pod: #ffffff; --text: #1b1f24; --faint: #57606a; --rule: #c9d1d9; --focus: #0550ae;
  --pass: #116329; --warn: #7d4e00; --fail: #b3121d; --inconclusive: #6639ba; --skip: #57606a; --not-checked: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --block: #161b22; --pod: #0d1117; --text: #e6edf3; --faint: #9aa4af; --rule: #3d444d; --focus: #79c0ff;
    --pass: #56d364; --warn: #e3b341; --fail: #ff8b83; --inconclusive: #d2a8ff; --skip: #9aa4af; --not-checked: #9aa4af;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { margin: 0 0 8px; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 36px 0 10px; font-size: 20px; }
p { margin: 6px 0; overflow-wrap: anywhere; }
a { color: inherit; text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.skip-link { position: absolute; left: -9999px; }
.skip-link:focus { position: static; }
.headline { display: flex; gap: 12px; align-items: baseline; border-left: 8px solid; padding-left: 14px; }
.faint, .small, .note { color: var(--faint); }
.mono, code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 9px 10px; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; font-weight: normal; }
thead th { border-bottom-width: 2px; font-weight: 600; }
tbody th { min-width: 150px; }
td.seen { overflow-wrap: anywhere; min-width: 260px; }
td.seen p:first-child { margin-top: 0; }
tr:target { outline: 3px solid var(--focus); outline-offset: -3px; }
.verdict { font-weight: 600; white-space: nowrap; }
.pass { --own: var(--pass); } .warn { --own: var(--warn); } .fail { --own: var(--fail); }
.inconclusive { --own: var(--inconclusive); } .skip { --own: var(--skip); } .not-checked { --own: var(--not-checked); }
.verdict, .headline { color: var(--own); } .headline h1 { color: var(--text); }
.picture { display: block; width: 100%; min-width: 900px; height: auto; }
.picture text { font: 13px system-ui, sans-serif; fill: var(--text); }
.picture .name { font-weight: 600; font-size: 14px; }
.picture .small { font-size: 12px; fill: var(--faint); }
.picture .note { fill: var(--fail); }
.picture .mono { font: 12px ui-monospace, monospace; }
.block rect { fill: var(--block); stroke: var(--rule); }
.pod { fill: var(--pod); stroke: var(--rule); }
.way { text-decoration: none; outline-offset: 1px; }
.way .line { fill: none; stroke: var(--own); stroke-width: 2; }
.way.fail .line { stroke-width: 3; stroke-dasharray: 10 6; }
.way.warn .line { stroke-dasharray: 14 4 3 4; }
.way.inconclusive .line, .way.skip .line, .way.not-checked .line { stroke-dasharray: 2 5; }
.way .badge { fill: var(--ground); stroke: var(--own); stroke-width: 2; }
.way.fail .badge { fill: var(--own); }
.picture .way .sign { font-weight: 700; fill: var(--own); }
.picture .way.fail .sign { fill: var(--ground); }
.picture .way .word { font-weight: 600; fill: var(--own); }
a.way:hover .line, a.way:focus-visible .line { stroke-width: 5; }
a.way:focus-visible .badge { stroke: var(--focus); stroke-width: 4; }
a.way:focus-visible .port { text-decoration: underline; font-weight: 700; }
.bar { display: block; width: 100%; min-width: 90px; height: 8px; margin-top: 4px; }
.bar rect { fill: var(--text); }
@media (forced-colors: active) {
  .way .line, .way .badge, .bar rect { stroke: CanvasText; }
  .picture text { fill: CanvasText !important; }
  .block rect, .pod, .way .badge { fill: Canvas !important; }
}
@media print { .scroll { overflow: visible; } .picture { min-width: 0; } }
`);
