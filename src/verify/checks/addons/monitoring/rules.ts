import { z } from 'zod';
import type { Check, Result } from '../../../check.ts';
import { reach } from './stack.ts';

export const rules: Check = {
  id: 'monitoring-rules',
  title: 'Monitoring: rules loaded and evaluated',
  proves: 'Prometheus has loaded the rules, and every one of them is evaluated without an error.',
  tags: ['monitoring'],
  needs: ['monitoring-ready'],
  timeoutSeconds: 90,
  converges: true,
  run: (world, signal): Promise<Result> =>
    reach(world, 'prometheus', signal, async (ask) =>
      judgeRules((await ask.json('/api/v1/rules', rulesSchema)).groups),
    ),
};

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          name: z.string(),
          health: z.string(),
          type: z.enum(['alerting', 'recording']),
          state: z.string().optional(),
          lastError: z.string().default(''),
        }),
      ),
    }),
  ),
});
export type Group = z.infer<typeof rulesSchema>['groups'][number];

/** Always fires while alerts are evaluated. */
export const SWITCH = 'DeadMansSwitch';

/** The verdict on all groups of rules. */
export function judgeRules(groups: readonly Group[]): Result {
  const all = groups.flatMap(({ name, rules: own }) => own.map((rule) => ({ ...rule, group: name })));
  if (!all.some(({ name }) => name === SWITCH)) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `Prometheus has ${all.length} rules in ${groups.length} groups, and ${SWITCH} is not among them.`,
      cause: 'Its rules are not those of this add-on, or the ConfigMap is empty.',
      fix: 'Run the helm-deploy workflow for the add-on.',
    };
  }
  const bad = all.filter(({ health }) => health === 'err');
  const [first] = bad;
  if (first !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${bad.length} of ${all.length} rules cannot be evaluated: ${first.name} (${first.group}): ${first.lastError.replace(/\.$/, '')}.`,
      cause: 'The series that they join have other labels than the rules expect, most often two of one name.',
      fix: 'Run the expression on the page /graph of Prometheus, and correct `targets` or the rule.',
    };
  }
  const unknown = all.filter(({ health }) => health !== 'ok');
  if (unknown.length > 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${unknown.length} of ${all.length} rules have not been evaluated yet.`,
      cause: 'Prometheus has just started.',
      fix: 'Verify again.',
    };
  }
  const firing = all.filter(({ state, name }) => state === 'firing' && name !== SWITCH).map(({ name }) => name);
  const alerts = all.filter(({ type }) => type === 'alerting').length;
  const evidence = `${alerts} alerts and ${all.length - alerts} recorded series in ${groups.length} groups are evaluated`;
  if (firing.length === 0) return { verdict: 'pass', evidence: `${evidence}; none fires but the switch.` };
  return {
    verdict: 'warn',
    evidence: `${evidence}; ${firing.join(', ')} ${firing.length === 1 ? 'fires' : 'fire'} now.`,
    cause: 'Something that is watched is wrong at this moment.',
    fix: `Follow docs/runbooks/alerts.md, ${firing[0] ?? ''}.`,
  };
}
