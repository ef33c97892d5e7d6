import { nodeId, type Addresses } from './addresses.ts';
import type { Comment, Issue, Label, Review, TimelineEvent } from '../state.ts';

/** Issues, pull requests as issues, their comments, labels, reviews and timelines. */
export class IssueShapes {
  readonly #at: Addresses;

  constructor(at: Addresses) {
    this.#at = at;
  }

  label(label: Label) {
    return {
      id: label.id,
      node_id: nodeId('Label', label.id),
      url: `${this.#at.repositoryUrl}/labels/${encodeURIComponent(label.name)}`,
      name: label.name,
      color: label.color,
      default: false,
      description: label.description,
    };
  }

  issue(issue: Issue, labels: readonly Label[], comments: number, pull = false) {
    const url = `${this.#at.repositoryUrl}/issues/${issue.number}`;
    const page = `${this.#at.htmlUrl}/${pull ? 'pull' : 'issues'}/${issue.number}`;
    return {
      id: issue.id,
      node_id: nodeId('Issue', issue.id),
      number: issue.number,
      url,
      repository_url: this.#at.repositoryUrl,
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      html_url: page,
      title: issue.title,
      body: issue.body,
      user: this.#at.user(issue.author),
      labels: labels.map((label) => this.label(label)),
      state: issue.state,
      state_reason: issue.stateReason,
      locked: false,
      assignee: null,
      assignees: [],
      milestone: null,
      comments,
      author_association: 'MEMBER',
      created_at: issue.createdAt,
      updated_at: issue.updatedAt,
      closed_at: issue.closedAt,
      ...(pull && {
        pull_request: {
          url: `${this.#at.repositoryUrl}/pulls/${issue.number}`,
          html_url: page,
          diff_url: `${page}.diff`,
          patch_url: `${page}.patch`,
        },
      }),
    };
  }

  comment(comment: Comment, pull: boolean) {
    return {
      id: comment.id,
      node_id: nodeId('IssueComment', comment.id),
      url: `${this.#at.repositoryUrl}/issues/comments/${comment.id}`,
      html_url: `${this.#at.htmlUrl}/${pull ? 'pull' : 'issues'}/${comment.number}#issuecomment-${comment.id}`,
      issue_url: `${this.#at.repositoryUrl}/issues/${comment.number}`,
      user: this.#at.user(comment.author),
      body: comment.body,
      author_association: comment.author.endsWith('[bot]') ? 'NONE' : 'MEMBER',
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
      performed_via_github_app: null,
    };
  }

  timelineEvent(event: TimelineEvent, label?: Label) {
    return {
      id: event.id,
      node_id: nodeId('Event', event.id),
      url: `${this.#at.repositoryUrl}/issues/events/${event.id}`,
      actor: this.#at.user(event.actor),
      event: event.event,
      commit_id: event.commit ?? null,
      commit_url: event.commit === undefined ? null : `${this.#at.repositoryUrl}/commits/${event.commit}`,
      created_at: event.createdAt,
      performed_via_github_app: null,
      ...(label && { label: { name: label.name, color: label.color } }),
    };
  }

  timelineComment(comment: Comment, pull: boolean) {
    const shape = this.comment(comment, pull);
    return { ...shape, event: 'commented', actor: shape.user };
  }

  review(review: Review) {
    const page = `${this.#at.htmlUrl}/pull/${review.number}`;
    const pull = `${this.#at.repositoryUrl}/pulls/${review.number}`;
    return {
      id: review.id,
      node_id: nodeId('PullRequestReview', review.id),
      user: this.#at.user(review.author),
      body: review.body,
      state: review.state,
      html_url: `${page}#pullrequestreview-${review.id}`,
      pull_request_url: pull,
      _links: { html: { href: `${page}#pullrequestreview-${review.id}` }, pull_request: { href: pull } },
      submitted_at: review.submittedAt,
      commit_id: review.commit,
      author_association: 'MEMBER',
    };
  }
}
