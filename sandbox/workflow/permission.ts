import type { DeclaredPermissions } from './workflow-file.ts';

export type Access = 'read' | 'write' | 'none';
export type Permissions = Record<string, Access>;

const ALL = [
  ...[
    'actions',
    'attestations',
    'checks',
    'contents',
    'deployments',
    'discussions',
    'id-token',
    'issues',
    'packages',
    'pages',
  ],
  ...['pull-requests', 'repository-projects', 'security-events', 'statuses'],
];

/** What GITHUB_TOKEN has when nothing is declared: GitHub's restricted default. */
const RESTRICTED: Permissions = { contents: 'read', packages: 'read' };

const ORDER: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 2 };

/** What a declaration gives: all that it does not name is none. */
function granted(declared: DeclaredPermissions): Permissions {
  if (declared === 'read-all') return { ...all('read'), 'id-token': 'none' };
  if (declared === 'write-all') return all('write');
  const unknown = Object.keys(declared).filter((name) => !ALL.includes(name));
  if (unknown.length > 0) throw new Error(`There is no permission ${unknown.join(', ')}.`);
  return { ...declared };
}

const all = (access: Access): Permissions => Object.fromEntries(ALL.map((name) => [name, access]));

/** A job's permissions: its own declaration, else the workflow's, else what its caller has (or the default). */
export function jobPermissions(
  workflow: DeclaredPermissions | undefined,
  job: DeclaredPermissions | undefined,
  caller: Permissions | undefined,
): Permissions {
  const declared = job ?? workflow;
  const wanted = declared === undefined ? (caller ?? RESTRICTED) : granted(declared);
  if (!caller) return wanted;
  const more = Object.entries(wanted).filter(([name, access]) => ORDER[access] > ORDER[caller[name] ?? 'none']);
  if (more.length === 0) return wanted;
  const list = (permissions: Permissions) => more.map(([name]) => `${name}: ${permissions[name] ?? 'none'}`).join(', ');
  throw new Error(`The nested job is requesting '${list(wanted)}', but is only allowed '${list(caller)}'.`);
}

/** A pull request from a fork gets nothing that writes, and no identity. */
export function forkPermissions(permissions: Permissions): Permissions {
  const reduced = Object.entries(permissions).map(([name, access]): [string, Access] => [
    name,
    name === 'id-token' ? 'none' : access === 'write' ? 'read' : access,
  ]);
  return Object.fromEntries(reduced);
}
