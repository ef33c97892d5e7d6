import { z } from 'zod';
import { GUARD_LEVELS } from '../level.ts';
import { OPERATOR_NAMES, OPERATORS } from './operator.ts';
import { parsePath } from './path.ts';

const ACTIONS = ['create', 'update', 'replace', 'delete'] as const;
export type PolicyAction = (typeof ACTIONS)[number];

const text = (longest: number) =>
  z.string('must be a text').trim().min(1, 'must not be empty').max(longest, `is longer than ${longest} characters`);
const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `must be one of ${words.join(', ')}`);

const ruleSchema = z
  .strictObject({
    name: text(100),
    /** A resource type; `*` stands for any characters. */
    type: text(200),
    /** When the rule is asked. A deleted resource is judged by what it was. */
    action: z
      .union([oneOf(ACTIONS).transform((action) => [action]), z.array(oneOf(ACTIONS)).min(1)], {
        error: `must be one or a list of ${ACTIONS.join(', ')}`,
      })
      .default(['create', 'update', 'replace']),
    attribute: text(500).transform((path, context) => {
      const parts = parsePath(path);
      if (parts !== undefined) return { text: path, parts };
      context.addIssue({ code: 'custom', message: 'must be a path such as node_config[*].machine_type' });
      return z.NEVER;
    }),
    operator: oneOf(OPERATOR_NAMES),
    value: z.unknown().optional(),
    /** What is said when the rule is broken. */
    message: text(1000),
    level: oneOf(GUARD_LEVELS).default('block'),
  })
  .check(({ value: rule, issues }) => {
    const value = OPERATORS[rule.operator].value.safeParse(rule.value);
    const issue = value.error?.issues[0];
    if (issue !== undefined)
      issues.push({ code: 'custom', message: issue.message, path: ['value', ...issue.path], input: rule.value });
  });

export const policySchema = z.strictObject({
  rules: z.array(ruleSchema, 'must be a list of rules').max(500, 'has more than 500 rules'),
});

/** Own rules of a repository: each says what must hold. */
export type Policy = z.infer<typeof policySchema>;
export type PolicyRule = Policy['rules'][number];
