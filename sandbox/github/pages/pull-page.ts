import { filesOf, isFork, labelsOf } from '../pull.ts';
import type { GitCommit, GitFile } from '../git.ts';
import type { Comment, Issue, Pull, TimelineEvent } from '../state.ts';
import type { GitHub } from '../world.ts';
import { html, type Html } from './html.ts';
import { badge, mark, pageOf, time } from './layout.ts';
import { renderMarkdown } from './markdown.ts';

/** A pull request: what it is, its commits, the conversation, its runs and checks, and what it changes. */
export function pullPage(github: GitHub, pull: Pull) {
  const home = github.shapes.htmlUrl;
  const state = pull.mergedSha !== null ? 'merged' : pull.state;
  const commits = github.git.between(pull.baseSha, pull.headSha);
  const from = isFork(github, pull) ? `${pull.head.owner}:${pull.head.branch}` : pull.head.branch;
  const body = html`
    <h1>${pull.title} <span class="number">#${pull.number}</span></h1>
    <p class="lead">
      ${badge(state)} <strong>${pull.mergedBy ?? pull.author}</strong>
      ${pull.mergedSha !== null ? 'merged' : 'wants to merge'} ${commits.length}
      commit${commits.length === 1 ? '' : 's'} into
      <code>${pull.base}</code> from <code>${from}</code>
      ${labelsOf(github, pull.number).map((label) => html`<span class="label">${label.name}</span>`)}
    </p>
    ${conversation(github, pull, pull.body, commits)} ${checks(github, pull, home)} ${changes(filesOf(github, pull))}
  `;
  return pageOf(github, `${pull.title} #${pull.number}`, body);
}

export function issuePage(github: GitHub, issue: Issue) {
  const body = html`
    <h1>${issue.title} <span class="number">#${issue.number}</span></h1>
    <p class="lead">
      ${badge(issue.state)} opened by <strong>${issue.author}</strong>
      ${labelsOf(github, issue.number).map((label) => html`<span class="label">${label.name}</span>`)}
    </p>
    ${conversation(github, issue, issue.body, [])}
  `;
  return pageOf(github, `${issue.title} #${issue.number}`, body);
}

type Subject = Pick<Pull | Issue, 'number' | 'author' | 'createdAt'>;

function conversation(github: GitHub, subject: Subject, text: string | null, commits: readonly GitCommit[]): Html {
  const first: Comment = {
    id: 0,
    number: subject.number,
    author: subject.author,
    body: text ?? '*No description provided.*',
    createdAt: subject.createdAt,
    updatedAt: subject.createdAt,
  };
  const items = [
    ...github.state.comments
      .filter((each) => each.number === subject.number)
      .map((each) => ({ at: each.createdAt, html: commentBox(each) })),
    ...github.state.timeline
      .filter((each) => each.number === subject.number)
      .map((each) => ({ at: each.createdAt, html: eventLine(each) })),
    ...github.state.reviews
      .filter((each) => each.number === subject.number)
      .map((each) => ({
        at: each.submittedAt,
        html: html`<p class="event">
          <strong>${each.author}</strong> ${each.state.toLowerCase().replace('_', ' ')} ${time(each.submittedAt)}
        </p>`,
      })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  return html`<section class="conversation">
    ${commentBox(first)}
    ${commits.map(
      (commit) =>
        html`<p class="event commit">
          <span>${commit.message.split('\n')[0]}</span> <span class="author">${commit.author.name}</span>
          <code>${commit.sha.slice(0, 7)}</code>
        </p>`,
    )}
    ${items.map((item) => item.html)}
  </section>`;
}

function commentBox(comment: Comment): Html {
  const bot = comment.author.endsWith('[bot]');
  return html`<article class="comment" ${comment.id === 0 ? '' : html`id="issuecomment-${comment.id}"`}>
    <header>
      <strong>${comment.author.replace('[bot]', '')}</strong> ${bot && html`<span class="bot">bot</span>`}
      ${time(comment.createdAt)}
      ${comment.updatedAt !== comment.createdAt && html`<span class="edited">· edited ${time(comment.updatedAt)}</span>`}
    </header>
    <div class="markdown">${renderMarkdown(comment.body, 'comment')}</div>
  </article>`;
}

const WORDS: Readonly<Record<TimelineEvent['event'], string>> = {
  labeled: 'added the label',
  unlabeled: 'removed the label',
  closed: 'closed this',
  reopened: 'reopened this',
  merged: 'merged commit',
  head_ref_force_pushed: 'force-pushed the branch to',
  added_to_merge_queue: 'added this to the merge queue',
  removed_from_merge_queue: 'removed this from the merge queue',
};

function eventLine(event: TimelineEvent): Html {
  const what = event.label ? html`<span class="label">${event.label}</span>` : html``;
  const commit =
    event.commit !== undefined && event.event !== 'closed' && html`<code>${event.commit?.slice(0, 7)}</code>`;
  return html`<p class="event">
    <strong>${event.actor}</strong> ${WORDS[event.event]} ${what}${commit} ${time(event.createdAt)}
  </p>`;
}

function checks(github: GitHub, pull: Pull, home: string): Html {
  const shas = [pull.headSha, pull.testMergeSha, pull.mergedSha];
  const runs = github.state.runs.filter((run) => run.pulls.includes(pull.number) || shas.includes(run.headSha));
  const checkRuns = github.state.checkRuns.filter((run) => shas.includes(run.headSha));
  const statuses = github.state.statuses.filter((status) => shas.includes(status.sha));
  if (runs.length + checkRuns.length + statuses.length === 0) return html``;
  return html`<section class="box">
    <h2>Checks</h2>
    <ul class="rows">
      ${runs.flatMap((run) =>
        run.jobs.map(
          (job) =>
            html`<li>
              ${mark(job.conclusion)}
              <a href="${home}/actions/runs/${run.id}#job-${job.id}">${run.workflow} / ${job.name}</a>
              <span class="quiet">(${run.event})</span>
            </li>`,
        ),
      )}
      ${checkRuns.map((run) => html`<li>${mark(run.conclusion)} ${run.name} <span class="quiet">${run.output.title}</span></li>`)}
      ${statuses.map((each) => html`<li>${mark(each.state)} ${each.context} <span class="quiet">${each.description}</span></li>`)}
    </ul>
  </section>`;
}

const MAX_PATCH_LINES = 400;

function changes(files: readonly GitFile[]): Html {
  return html`<section class="files">
    <h2>Files changed <span class="count">${files.length}</span></h2>
    ${files.map(
      (file) =>
        html`<details class="file">
          <summary>
            <code>${file.filename}</code> <span class="plus">+${file.additions}</span>
            <span class="minus">−${file.deletions}</span>
          </summary>
          <div class="markdown">
            ${renderMarkdown(`\`\`\`\`\`diff\n${(file.patch ?? '').split('\n').slice(0, MAX_PATCH_LINES).join('\n')}\n\`\`\`\`\``, 'summary')}
          </div>
        </details>`,
    )}
  </section>`;
}
