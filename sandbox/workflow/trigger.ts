import { matchesFilters } from './filter.ts';
import type { WorkflowEvent } from './event.ts';
import { dispatchInputs, filtersOf, type WorkflowFile } from './workflow-file.ts';

/** Activity types that start a workflow which names none. */
const DEFAULT_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
};

/** Why the event does not start the workflow, or undefined when it does. */
export function reasonNotToRun(file: WorkflowFile, event: WorkflowEvent): string | undefined {
  if (!(event.name in file.on)) return `it is not started by ${event.name}`;
  const filters = filtersOf(file, event.name);
  const action = event.payload['action'];
  const types = filters.types ?? DEFAULT_TYPES[event.name];
  if (types && typeof action === 'string' && !types.includes(action))
    return `${event.name} ${action} is not among its types`;
  if (event.name === 'push') return pushReason(filters, event) ?? pathReason(filters, event);
  if (event.name === 'pull_request' || event.name === 'pull_request_target') {
    return branchReason(filters['branches'], filters['branches-ignore'], event.baseRef) ?? pathReason(filters, event);
  }
  if (event.name === 'merge_group') {
    const { base_ref } = event.payload['merge_group'] as { base_ref: string };
    return branchReason(filters['branches'], filters['branches-ignore'], base_ref.replace('refs/heads/', ''));
  }
  return undefined;
}

type Filters = ReturnType<typeof filtersOf>;

function pushReason(filters: Filters, event: WorkflowEvent): string | undefined {
  const tag = /^refs\/tags\/(.+)$/.exec(event.ref)?.[1];
  const ofBranches = filters.branches ?? filters['branches-ignore'];
  const ofTags = filters.tags ?? filters['tags-ignore'];
  if (tag !== undefined) {
    if (ofBranches && !ofTags) return 'it is only started by branches';
    return branchReason(filters.tags, filters['tags-ignore'], tag);
  }
  if (ofTags && !ofBranches) return 'it is only started by tags';
  return branchReason(filters.branches, filters['branches-ignore'], event.ref.replace('refs/heads/', ''));
}

function branchReason(only: readonly string[] | undefined, but: readonly string[] | undefined, name: string) {
  if (only && !matchesFilters(name, only)) return `${name} is not among ${only.join(', ')}`;
  if (but && matchesFilters(name, but)) return `${name} is left out by ${but.join(', ')}`;
  return undefined;
}

function pathReason(filters: Filters, { changedFiles }: WorkflowEvent): string | undefined {
  const { paths, 'paths-ignore': ignored } = filters;
  if (paths && !changedFiles.some((file) => matchesFilters(file, paths)))
    return `nothing changed in ${paths.join(', ')}`;
  if (ignored && changedFiles.every((file) => matchesFilters(file, ignored)))
    return `only ${ignored.join(', ')} changed`;
  return undefined;
}

/**
 * The inputs of a `workflow_dispatch` with defaults filled in, as the event carries them (all text). Throws what GitHub answers for one
 * that is unknown, missing or not among its options.
 */
export function checkedInputs(file: WorkflowFile, given: Readonly<Record<string, string>>): Record<string, string> {
  const declared = dispatchInputs(file);
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new Error(`Unexpected inputs provided: ${JSON.stringify(unknown)}`);
  const result: Record<string, string> = {};
  for (const [name, input] of Object.entries(declared)) {
    const value =
      given[name] ?? (input.default === undefined || input.default === null ? undefined : String(input.default));
    if (value === undefined || value === '') {
      if (input.required) throw new Error(`Required input '${name}' not provided`);
      result[name] = input.type === 'boolean' ? 'false' : '';
      continue;
    }
    const options = input.type === 'boolean' ? ['true', 'false'] : input.options?.map(String);
    if (options && !options.includes(value)) {
      throw new Error(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
    }
    if (input.type === 'number' && Number.isNaN(Number(value))) {
      throw new Error(`Provided value '${value}' for input '${name}' is not a number`);
    }
    result[name] = value;
  }
  return result;
}
