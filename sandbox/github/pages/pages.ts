import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer } from '../answer.ts';
import { syncPulls } from '../pull.ts';
import type { Incoming } from '../server.ts';
import type { GitHub } from '../world.ts';
import { escapeHtml, html } from './html.ts';
import { indexPage } from './index-page.ts';
import { pageOf } from './layout.ts';
import { issuePage, pullPage } from './pull-page.ts';
import { runPage } from './run-page.ts';

const own = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const SCRIPT = 'text/javascript; charset=utf-8';

const ASSETS: Readonly<Record<string, { type: string; path: () => string }>> = {
  'style.css': { type: 'text/css; charset=utf-8', path: () => own('style.css') },
  'page.js': { type: SCRIPT, path: () => own('page.js') },
  'mermaid.js': { type: SCRIPT, path: () => createRequire(import.meta.url).resolve('@mermaid-js/tiny') },
};

/** What a person's browser asks for, or undefined when it is the REST API's business. */
export function pageAnswer(github: GitHub, { path }: Incoming): Answer | undefined {
  const asset = /^\/_assets\/([\w.]+)$/.exec(path)?.[1];
  if (asset !== undefined) return assetAnswer(asset);
  const login = /^\/_avatars\/(.+)\.svg$/.exec(path)?.[1];
  if (login !== undefined) return avatar(decodeURIComponent(login));
  const { owner, name } = github.config.repository;
  if (path === '/') return { status: 302, headers: { location: `/${owner}/${name}` } };
  const below = path.startsWith(`/${owner}/${name}`)
    ? path.slice(`/${owner}/${name}`.length).replace(/\/$/, '')
    : undefined;
  if (below === undefined || /^[^/]/.test(below)) return undefined;
  syncPulls(github);
  return repositoryPage(github, below) ?? pageOf(github, 'Not found', html`<h1>This page is not here.</h1>`, 404);
}

function repositoryPage(github: GitHub, below: string): Answer | undefined {
  if (['', '/pulls', '/issues', '/actions', '/deployments'].includes(below)) return indexPage(github);
  const [, kind = '', id = ''] = /^\/(pull|issues|actions\/runs)\/(\d+)$/.exec(below) ?? [];
  const number = Number(id);
  const run = kind === 'actions/runs' ? github.state.runs.find((each) => each.id === number) : undefined;
  if (run) return runPage(github, run);
  const pull =
    kind === 'pull' || kind === 'issues' ? github.state.pulls.find((each) => each.number === number) : undefined;
  if (pull) return pullPage(github, pull);
  const issue = kind === 'issues' ? github.state.issues.find((each) => each.number === number) : undefined;
  return issue && issuePage(github, issue);
}

function assetAnswer(name: string): Answer {
  const asset = ASSETS[name];
  if (!asset) return { status: 404, body: 'Not found' };
  return { status: 200, headers: { 'content-type': asset.type }, body: readFileSync(asset.path(), 'utf8') };
}

function avatar(login: string): Answer {
  const letter = escapeHtml(login.charAt(0).toUpperCase());
  const image = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#6e7781"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${letter}</text></svg>`;
  return { status: 200, headers: { 'content-type': 'image/svg+xml' }, body: image };
}
