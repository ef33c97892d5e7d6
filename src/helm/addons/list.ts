import { z } from 'zod';
import { helmFailures } from '../failures.ts';
import { phases } from './phases.ts';

/** Where a repository keeps it. */
export const ADD_ONS_LIST = 'helm/addons/add-ons.json';

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

const addOnSchema = z.strictObject({
  name: name.describe(
    'Name of the add-on: its chart is helm/addons/<name>, in your repository or in the release of the actions.',
  ),
  namespace: name.describe('Kubernetes namespace; made when it is not there.'),
  release: name.optional().describe('Name of the Helm release; without it the add-on’s name.'),
  environments: z.array(name).min(1).optional().describe('Environments that have it; without it all.'),
  needs: z
    .array(name)
    .optional()
    .describe('Add-ons of this list that come before it, besides those of which the suite knows it.'),
  values: z.array(z.string().min(1)).optional().describe('Values files of your repository; later ones win.'),
  set: z
    .array(z.string().regex(/^[^=]+=/))
    .optional()
    .describe('Single values over all files, `path=value`.'),
  manifests: z
    .array(z.union([z.string().regex(/^https:\/\/\S+#sha256=[0-9a-f]{64}$/), z.string().regex(/^(?!\w+:)/)]))
    .optional()
    .describe('Applied before the chart: an address with its digest, a YAML file, or the folder of a chart.'),
  secrets: z
    .record(
      name,
      z.record(
        z.string(),
        z.union([
          z.string().regex(/^(secret-manager:|plain:)/),
          z.record(z.string(), z.string()).describe('`$labels`: labels of the Secret.'),
        ]),
      ),
    )
    .optional()
    .describe(
      'Kubernetes Secrets: name, then key, then `secret-manager:<id>[@version]`, or `plain:<text>` for what is none.',
    ),
});

/** helm/addons/add-ons.json. */
export const addOnsSchema = z.strictObject({
  $schema: z.string().optional(),
  addOns: z
    .array(addOnSchema)
    .describe(
      'Deployed one after the other: ingress-tls, turn-server, monitoring, gitops, then your own in this order; what one needs comes before it.',
    ),
});

export type ListedAddOn = z.infer<typeof addOnSchema>;

/** An add-on that is brought up, in its turn. */
export interface ChosenAddOn extends ListedAddOn {
  /** Those of the chosen ones that must be up before. */
  readonly after: readonly string[];
}

/** Reads the list; throws LK-HELM-145. */
export function parseAddOns(text: string): ListedAddOn[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refused(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = addOnsSchema.safeParse(json);
  if (parsed.success) return parsed.data.addOns;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? [])
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  throw refused(`is wrong at ${path.replace(/^\./, '') || 'its top'}: ${issue?.message ?? ''}`);
}

/**
 * Those of the list that the environment has, or of these the named ones, each after what it needs. Throws LK-HELM-145 for a name
 * that the list lacks, and for needs that go round in a circle.
 */
export function chooseAddOns(
  list: readonly ListedAddOn[],
  environment: string,
  names: readonly string[] = [],
): ChosenAddOn[] {
  const here = list.filter(({ environments }) => environments?.includes(environment) ?? true);
  const has = (wanted: string) => here.some((each) => each.name === wanted);
  const unknown = names.find((wanted) => !has(wanted));
  if (unknown !== undefined) throw refused(`lists no add-on ${unknown} for ${environment}: add it there first`);
  for (const each of here) {
    const missing = each.needs?.find((need) => need !== 'core' && !has(need));
    if (missing !== undefined)
      throw refused(`says that ${each.name} needs ${missing}, and lists no ${missing} for ${environment}`);
  }
  const chosen = here.filter((each) => names.length === 0 || names.includes(each.name));
  const order = phases.map((phase) => phase.name);
  const place = (each: ListedAddOn) => (order.includes(each.name) ? order.indexOf(each.name) : order.length);
  const waiting = chosen
    .map((each) => ({ ...each, after: needsOf(each).filter((need) => chosen.some((other) => other.name === need)) }))
    // Stable: one's own stay as they are listed, behind those that the suite knows.
    .sort((a, b) => place(a) - place(b));
  const ordered: ChosenAddOn[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ after }) => !waiting.some((other) => after.includes(other.name)));
    if (next === -1) throw refused(`has add-ons that need each other: ${waiting.map((each) => each.name).join(', ')}`);
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

const needsOf = (each: ListedAddOn) => [
  ...(phases.find((phase) => phase.name === each.name)?.needs ?? []),
  ...(each.needs ?? []),
];

/** The add-on as inputs of helm-deploy, all of them text. */
export function inputsOf({ name: chart, release, namespace, values, set, manifests, secrets }: ListedAddOn) {
  const lines = (list: readonly string[] = []) => list.join('\n');
  return {
    chart: `helm/addons/${chart}`,
    release: release ?? chart,
    namespace,
    values: lines(values),
    set: lines(set),
    manifests: lines(manifests),
    secrets: secrets === undefined ? '' : JSON.stringify(secrets),
  };
}

const refused = (what: string) => helmFailures.failure('addonsList', { what: `${ADD_ONS_LIST} ${what}.` });
