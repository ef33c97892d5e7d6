import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';
import { SIGNS, styleOf } from './links.ts';
import { formatMilliseconds } from './picture.ts';

const WIDTH = 200;

/** What each call took, as bars beside the numbers; `undefined` when there were none. */
export function latency(checks: Report['checks']): Html | undefined {
  const calls = checks.flatMap(({ id, title, calls: some = [] }) => some.map((call) => ({ id, title, ...call })));
  if (calls.length === 0) return undefined;
  const longest = (values: readonly (number | undefined)[]) => Math.max(1, ...values.map((value) => value ?? 0));
  const trips = longest(calls.map((call) => call.roundTripMilliseconds));
  const connects = longest(calls.map((call) => call.connectedMilliseconds));
  return html`<section aria-labelledby="calls">
    <h2 id="calls">Calls</h2>
    <div class="scroll" role="region" aria-labelledby="calls" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">Pod</th>
            <th scope="col">Verdict</th>
            <th scope="col">Round trip</th>
            <th scope="col">Time to connect</th>
            <th scope="col">Loss</th>
          </tr>
        </thead>
        <tbody>
          ${calls.map(
            (call) =>
              html`<tr>
                <th scope="row"><a href="#check-${call.id}">${call.title}</a></th>
                <td class="mono">${call.pod}</td>
                <td>
                  <span class="verdict ${styleOf(call.verdict)}"
                    ><span aria-hidden="true">${SIGNS[call.verdict]}</span> ${call.verdict}</span
                  >${call.tries > 1 ? html`<br />at try ${call.tries}` : undefined}
                </td>
                <td>${bar(call.roundTripMilliseconds, trips)}</td>
                <td>${bar(call.connectedMilliseconds, connects)}</td>
                <td class="number">${call.lossPercent === undefined ? '–' : `${call.lossPercent} %`}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function bar(value: number | undefined, longest: number): Html {
  if (value === undefined) return html`–`;
  const width = Math.max(2, Math.round((value / longest) * WIDTH));
  return html`<span class="number">${formatMilliseconds(value)}</span
    ><svg class="bar" viewBox="0 0 ${WIDTH} 10" aria-hidden="true" preserveAspectRatio="none">
      <rect width="${width}" height="10" />
    </svg>`;
}
