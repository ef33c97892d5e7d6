import type { Answer } from '../answer.ts';
import type { GitHub } from '../world.ts';
import { html, type Html } from './html.ts';

/** Nothing of a page comes from elsewhere, and no script stands in it. Mermaid writes styles into its drawings. */
const POLICY =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data: https:; font-src 'self'";

export function pageOf(github: GitHub, title: string, body: Html, status = 200): Answer {
  const { owner, name } = github.config.repository;
  const home = `/${owner}/${name}`;
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${owner}/${name}</title>
        <link rel="stylesheet" href="/_assets/style.css" />
        <script src="/_assets/mermaid.js" defer></script>
        <script src="/_assets/page.js" defer></script>
      </head>
      <body>
        <header class="top">
          <a class="repository" href="${home}">${owner} / <strong>${name}</strong></a>
          <nav><a href="${home}/pulls">Pull requests</a><a href="${home}/actions">Actions</a></nav>
          <span class="sandbox">sandbox</span>
        </header>
        <main>${body}</main>
      </body>
    </html> `;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return { status, headers, body: document.text };
}

const STATES: Readonly<Record<string, string>> = {
  success: 'good',
  open: 'good',
  failure: 'bad',
  startup_failure: 'bad',
  closed: 'bad',
  error: 'bad',
  merged: 'done',
  cancelled: 'quiet',
  skipped: 'quiet',
  inactive: 'quiet',
};

const MARKS: Readonly<Record<string, string>> = {
  success: '✓',
  failure: '✕',
  startup_failure: '✕',
  cancelled: '⊘',
  skipped: '⊘',
};

/** A state in the colour that GitHub gives it. */
export const badge = (state: string): Html =>
  html`<span class="badge ${STATES[state] ?? 'busy'}">${state.replaceAll('_', ' ')}</span>`;

export const mark = (conclusion: string | null): Html =>
  html`<span class="mark ${STATES[conclusion ?? ''] ?? 'busy'}">${MARKS[conclusion ?? ''] ?? '●'}</span>`;

export const time = (iso: string): Html =>
  html`<time datetime="${iso}">${iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}</time>`;

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}s`;
  return `${Math.floor(seconds / 60)}m ${Math.round(seconds % 60)}s`;
}
