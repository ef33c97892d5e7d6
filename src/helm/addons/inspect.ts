import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { placeholder } from '../preflight/placeholder.ts';
import type { Finding } from '../preflight/rule.ts';
import type { Layer } from '../values/layer.ts';
import { mergeLayers } from '../values/layer.ts';
import { effective, type Values } from '../values/tree.ts';
import type { AddonContext } from './addon.ts';
import { addons } from './index.ts';

/** The environment's facts as an add-on's values; none for a chart that wants none. */
export function addonFacts(chart: string, outputs: EnvironmentOutputs | undefined): Layer[] {
  const values = outputs && addons.find(({ name }) => name === chart)?.facts?.(outputs);
  return values === undefined ? [] : [{ name: 'the outputs document', values }];
}

/** What is wrong with an add-on's values: placeholders that were never filled in, and what its own rules find. */
export function inspectAddon(
  chart: string,
  defaults: Values,
  context: Omit<AddonContext, 'values'>,
): readonly Finding[] {
  const rules = addons.find(({ name }) => name === chart)?.rules ?? [];
  const values = effective(defaults, mergeLayers(context.layers));
  return [...placeholder({ layers: context.layers }), ...rules.flatMap((rule) => rule({ ...context, values }))];
}
