import { z } from 'zod';
import type { Json } from './plan-json.ts';

const json = z.custom<Json>((value) => value !== undefined);

const schema = z.object({
  variables: z.record(z.string(), z.object({ value: json.optional() })).default({}),
  configuration: z
    .object({
      root_module: z
        .object({ variables: z.record(z.string(), z.object({ default: json.optional() })).default({}) })
        .default({ variables: {} }),
    })
    .default({ root_module: { variables: {} } }),
});

/**
 * The variables that a plan was made with and that its configuration has no default for, as a process takes them. They
 * rank below the tree's own *.tfvars files, so what those say since then holds. Ephemeral ones are in no plan.
 */
export function plannedVariables(planText: string, given: readonly string[]): Record<string, string> {
  const { variables, configuration } = schema.parse(JSON.parse(planText));
  const declared = configuration.root_module.variables;
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, { value }]): [string, string][] => {
      if (value === undefined || value === null || given.includes(name)) return [];
      // A default may have changed since.
      if (JSON.stringify(declared[name]?.default) === JSON.stringify(value)) return [];
      return [[`TF_VAR_${name}`, typeof value === 'object' ? expression(value) : String(value)]];
    }),
  );
}

/** A list or map as an expression: JSON is one, but for the signs that begin a template. */
const expression = (value: Json) => JSON.stringify(value).replace(/[$%](?=\{)/g, (sign) => sign + sign);
