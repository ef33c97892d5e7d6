import type { Annotation, Run, RunJob, RunStep } from '../state.ts';
import type { GitHub } from '../world.ts';
import { Html, html } from './html.ts';
import { badge, duration, mark, pageOf, time } from './layout.ts';
import { renderMarkdown } from './markdown.ts';

/** A workflow run: its jobs, what they have to say (annotations, summaries), and every step with its log. */
export function runPage(github: GitHub, run: Run) {
  const summaries = run.jobs.filter((job) => job.summary !== '');
  const annotations = run.jobs.flatMap((job) => job.annotations.map((annotation) => ({ job, annotation })));
  const pulls = run.pulls.map((number) => html`<a href="${github.shapes.htmlUrl}/pull/${number}">#${number}</a> `);
  const body = html`
    <h1>${mark(run.conclusion)} ${run.title} <span class="number">${run.workflow} #${run.number}</span></h1>
    <p class="lead">
      ${badge(run.conclusion ?? run.status)} started by <strong>${run.actor}</strong> through
      <code>${run.event}</code> ${pulls} on <code>${run.headBranch}</code> at <code>${run.headSha.slice(0, 7)}</code> ·
      ${time(run.createdAt)} ·
      <span class="quiet">${run.path}</span>
    </p>
    <section class="box">
      <h2>Jobs</h2>
      <ul class="rows">
        ${run.jobs.map(
          (job) =>
            html`<li>
              ${mark(job.conclusion)} <a href="#job-${job.id}">${job.name}</a>
              ${job.environment !== null && html`<span class="label">${job.environment}</span>`}
              <span class="quiet">${duration(secondsOf(job))}</span>
            </li>`,
        )}
      </ul>
    </section>
    ${annotations.length > 0 && annotationBox(annotations)}
    ${summaries.map(
      (job) =>
        html`<section class="box summary">
          <h2>${job.name} summary</h2>
          <div class="markdown">${renderMarkdown(job.summary, 'summary')}</div>
        </section>`,
    )}
    ${run.jobs.map((job) => jobBox(job))}
  `;
  return pageOf(github, `${run.title} · ${run.workflow}`, body);
}

/** GitHub's times have no fractions: the steps know better how long a short job took. */
function secondsOf(job: RunJob): number {
  const steps = job.steps.reduce((sum, step) => sum + step.seconds, 0);
  return job.completedAt === null
    ? steps
    : Math.max(steps, (Date.parse(job.completedAt) - Date.parse(job.startedAt)) / 1000);
}

function annotationBox(all: readonly { job: RunJob; annotation: Annotation }[]): Html {
  return html`<section class="box annotations">
    <h2>Annotations <span class="count">${all.length}</span></h2>
    ${all.map(
      ({ job, annotation }) =>
        html`<div class="annotation ${annotation.level}">
          <p class="title">
            ${annotation.title === '' ? job.name : annotation.title} <span class="quiet">${placeOf(annotation)}</span>
          </p>
          <pre>${annotation.message}</pre>
        </div>`,
    )}
  </section>`;
}

const placeOf = ({ file, line }: Annotation) => (file === '' ? '' : `${file}${line === null ? '' : `#L${line}`}`);

function jobBox(job: RunJob): Html {
  const granted = Object.entries(job.permissions).filter(([, access]) => access !== 'none');
  return html`<section class="box job" id="job-${job.id}">
    <h2>${mark(job.conclusion)} ${job.name} <span class="quiet">${duration(secondsOf(job))}</span></h2>
    <p class="permissions">
      token:
      ${granted.length === 0 ? 'metadata: read' : granted.map(([name, access]) => `${name}: ${access}`).join(', ')}
    </p>
    ${job.steps.map(
      (step) =>
        html`<details class="step" ${step.conclusion === 'failure' ? 'open' : ''}>
          <summary>${mark(step.conclusion)} ${step.name} <span class="quiet">${duration(step.seconds)}</span></summary>
          <div class="log">${logLines(step)}</div>
        </details>`,
    )}
  </section>`;
}

// eslint-disable-next-line no-control-regex -- colours in a log are escape sequences
const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;

/** The log with GitHub's groups folded and its markers coloured. */
function logLines(step: RunStep): Html {
  let open = false;
  const parts = step.log.split('\n').map((written): string => {
    const line = written.replace(ANSI, '');
    const [, command = '', rest = ''] = /^##\[(group|endgroup|error|warning|notice)\](.*)$/.exec(line) ?? [];
    const close = open && (command === 'group' || command === 'endgroup') ? '</div></details>' : '';
    if (command === 'group') {
      open = true;
      return `${close}<details><summary>${html`${rest}`.text}</summary><div>`;
    }
    if (command === 'endgroup') {
      open = false;
      return close;
    }
    const text = command === '' ? line : `${command.charAt(0).toUpperCase()}${command.slice(1)}: ${rest}`;
    return html`<p class="${command}">${text === '' ? ' ' : text}</p>`.text;
  });
  return new Html(parts.join('') + (open ? '</div></details>' : ''));
}
