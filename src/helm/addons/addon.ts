import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import type { Finding } from '../preflight/rule.ts';
import type { Layer } from '../values/layer.ts';
import type { Values } from '../values/tree.ts';

/** What an add-on's preflight looks at. */
export interface AddonContext {
  /** What the templates see. */
  readonly values: Values;
  readonly layers: readonly Layer[];
  /** `undefined` when there is no outputs document. */
  readonly outputs: EnvironmentOutputs | undefined;
  readonly release: string;
  readonly namespace: string;
  /** Names of the Secrets that the input `secrets` gives, with their keys; `undefined` without it, or where they may not be read. */
  readonly secrets: ReadonlyMap<string, readonly string[]> | undefined;
}

/** What helm-deploy knows of a chart under helm/addons, besides the chart itself. */
export interface Addon {
  /** The chart's name. */
  readonly name: string;
  /** What Terraform knows, as values; under the files and the input `set`. */
  readonly facts?: (outputs: EnvironmentOutputs) => Values | undefined;
  /** What would not work, found before anything is changed. Pure. */
  readonly rules?: readonly ((context: AddonContext) => Finding[])[];
}
