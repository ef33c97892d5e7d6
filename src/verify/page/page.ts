import type { Verdict } from '../check.ts';
import { comparisonWords } from '../comparison.ts';
import { CHECKS_PAGE, headline, seconds, worstFirst } from '../render.ts';
import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';
import { latency } from './latency.ts';
import { linksOf, SIGNS, styleOf } from './links.ts';
import { picture } from './picture.ts';
import type { Scene } from './scene.ts';
import { STYLE } from './style.ts';

/** The report as one HTML page that needs nothing else: no script, no network (its policy forbids both). */
export function renderPage(report: Report, scene: Scene): string {
  const { environment, target, verdict, startedAt, runUrl } = report;
  const links = linksOf(report, scene);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${SIGNS[verdict]} ${verdict}: verify ${environment}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <a class="skip-link" href="#checks">To the table of checks</a>
          <div class="headline ${styleOf(verdict)}">
            <span class="verdict"><span aria-hidden="true">${SIGNS[verdict]}</span> ${verdict}</span>
            <h1>${headline(report)}</h1>
          </div>
          <p class="faint">
            Cluster <code>${target.cluster}</code>, namespace <code>${target.namespace}</code>, release
            <code>${target.release}</code>, signalling through <code>${target.signal}</code>.
            <time datetime="${startedAt}">${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time
            >${runLink(runUrl)}.
          </p>
          <section aria-labelledby="deployment">
            <h2 id="deployment">The deployment</h2>
            <p class="faint">
              A whole line ✓ passed; a thick broken one ✕ failed; of dots and dashes: ! a warning; dotted: ?
              inconclusive, » skipped, – not checked. Each leads to its check.
            </p>
            <div class="scroll" role="region" aria-labelledby="deployment" tabindex="0">${picture(scene, links)}</div>
          </section>
          ${changes(report.comparison)} ${latency(report.checks)}
          <section aria-labelledby="checks">
            <h2 id="checks">Checks</h2>
            <div class="scroll" role="region" aria-labelledby="checks" tabindex="0">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Verdict</th>
                    <th scope="col">Check</th>
                    <th scope="col">What was seen</th>
                    <th scope="col">Time</th>
                  </tr>
                </thead>
                <tbody>
                  ${worstFirst(report.checks).map(row)}
                </tbody>
              </table>
            </div>
          </section>
          <p class="faint">What each check proves: <code>${CHECKS_PAGE}</code>.</p>
        </main>
      </body>
    </html> `.text;
}

function changes(comparison: Report['comparison']): Html | undefined {
  if (comparison === undefined) return undefined;
  const { worse, better } = comparison;
  const list = (words: string, verdict: Verdict, some: typeof worse) =>
    some.map(
      ({ id, words: what }) =>
        html`<li>
          <span class="verdict ${styleOf(verdict)}">${words}</span> <a href="#check-${id}">${id}</a>: ${what}
        </li>`,
    );
  return html`<section aria-labelledby="changes">
    <h2 id="changes">Since the last run</h2>
    ${
      worse.length + better.length === 0
        ? html`<p>${comparisonWords(comparison)}</p>`
        : html`<ul>
            ${list('worse', 'fail', worse)} ${list('better', 'pass', better)}
          </ul>`
    }
  </section>`;
}

/** Only an address of the web becomes a link. */
function runLink(url: string | undefined): Html | undefined {
  if (url === undefined || !/^https?:\/\//.test(url)) return undefined;
  return html`, <a href="${url}" rel="noreferrer">the workflow run</a>`;
}

function row(check: Report['checks'][number]): Html {
  return html`<tr id="check-${check.id}">
    <td>${verdictCell(check.verdict, check.accepted)}</td>
    <th scope="row">${check.title}<br /><code>${check.id}</code></th>
    <td class="seen">
      <p>${check.evidence}</p>
      ${labelled('Why', check.cause)}${labelled('Fix', check.fix)}
    </td>
    <td class="number">${seconds(check.durationSeconds)}</td>
  </tr> `;
}

function verdictCell(verdict: Verdict, accepted: boolean | undefined): Html {
  const words = accepted === true ? 'fail, accepted' : verdict;
  return html`<span class="verdict ${styleOf(verdict)}"
    ><span aria-hidden="true">${SIGNS[verdict]}</span> ${words}</span
  >`;
}

function labelled(label: string, text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<p><strong>${label}:</strong> ${text}</p>`;
}
