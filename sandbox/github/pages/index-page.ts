import type { GitHub } from '../world.ts';
import { html } from './html.ts';
import { badge, mark, pageOf, time } from './layout.ts';

/** The repository's front: pull requests, issues, runs and deployments, newest first. */
export function indexPage(github: GitHub) {
  const home = github.shapes.htmlUrl;
  const { pulls, issues, runs, deployments } = github.state;
  const none = html`<li class="quiet">Nothing yet.</li>`;
  const rows = (items: ReturnType<typeof html>[]) =>
    html`<ul class="rows">
      ${items.length === 0 ? none : items.reverse()}
    </ul>`;
  const body = html`
    <h1>${github.config.repository.owner}/${github.config.repository.name}</h1>
    <section class="box">
      <h2>Pull requests</h2>
      ${rows(
        pulls.map(
          (pull) =>
            html`<li>
              ${badge(pull.mergedSha !== null ? 'merged' : pull.state)}
              <a href="${home}/pull/${pull.number}">${pull.title}</a>
              <span class="quiet">#${pull.number} by ${pull.author}</span>
            </li>`,
        ),
      )}
    </section>
    <section class="box">
      <h2>Workflow runs</h2>
      ${rows(
        runs.map(
          (run) =>
            html`<li>
              ${mark(run.conclusion)} <a href="${home}/actions/runs/${run.id}">${run.title}</a>
              <span class="quiet"
                >${run.workflow} #${run.number} · ${run.event} · ${run.actor} · ${time(run.createdAt)}</span
              >
            </li>`,
        ),
      )}
    </section>
    <section class="box">
      <h2>Issues</h2>
      ${rows(
        issues.map(
          (issue) =>
            html`<li>
              ${badge(issue.state)} <a href="${home}/issues/${issue.number}">${issue.title}</a>
              <span class="quiet">#${issue.number}</span>
            </li>`,
        ),
      )}
    </section>
    <section class="box">
      <h2>Deployments</h2>
      ${rows(
        deployments.map(
          (each) =>
            html`<li>
              ${badge(each.statuses.at(-1)?.state ?? 'pending')} ${each.environment}
              <code>${each.sha.slice(0, 7)}</code>
              <span class="quiet">${time(each.createdAt)}</span>
            </li>`,
        ),
      )}
    </section>
  `;
  return pageOf(github, 'Overview', body);
}
