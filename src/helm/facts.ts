import type { EnvironmentOutputs } from '../environment/outputs.ts';
import { addonFacts } from './addons/inspect.ts';
import { factsLayer } from './livekit/facts.ts';
import { LIVEKIT_CHART } from './livekit/name.ts';
import type { Layer } from './values/layer.ts';

/** What Terraform made, as a chart's values; none for a chart that the suite does not know. */
export function factsOf(chart: string, outputs: EnvironmentOutputs | undefined): Layer[] {
  if (outputs === undefined) return [];
  return chart === LIVEKIT_CHART ? [factsLayer(outputs)] : addonFacts(chart, outputs);
}
