import { reason } from '../../../failure/failure.ts';
import type { Kubernetes } from '../../../kubernetes/client.ts';
import { log } from '../../../runner/log.ts';
import type { Finding } from '../rule.ts';
import { dns } from './dns.ts';
import { danglingNames } from './dangling-names.ts';
import { keysOwner } from './keys-owner.ts';
import { missingKinds } from './missing-kinds.ts';
import { nodes } from './nodes.ts';
import { permissions, reviewRights } from './permissions.ts';
import type { ClusterContext, ClusterRule } from './rule.ts';
import { turnPair } from './turn-pair.ts';

/** All questions; the next one is a file and a line here. */
const rules: readonly ClusterRule[] = [permissions, missingKinds, nodes, keysOwner, turnPair, danglingNames, dns];

const SECONDS_TO_ANSWER = 15;

/** Asks all at once. What gets no answer is a warning: it may be for lack of a right that the deploy itself does not need. */
export async function askCluster(
  context: ClusterContext,
  asked: readonly ClusterRule[] = rules,
  seconds = SECONDS_TO_ANSWER,
): Promise<Finding[]> {
  const answers = await Promise.all(
    asked.map(async (rule) => {
      try {
        return await inTime(rule.ask(context), seconds);
      } catch (error) {
        log.debug(`${rule.question}: ${reason(error)}`);
        return [unanswered(rule, error)];
      }
    }),
  );
  return answers.flat();
}

/** The one question that any chart's deploy has. */
export async function askRights(client: Kubernetes, namespace: string): Promise<Finding[]> {
  try {
    return await inTime(reviewRights(client, namespace), SECONDS_TO_ANSWER);
  } catch (error) {
    return [unanswered(permissions, error)];
  }
}

function unanswered({ question }: Pick<ClusterRule, 'question'>, error: unknown): Finding {
  const words = reason(error).replace(/\.$/, '');
  return { kind: 'unanswered', level: 'warning', what: `It is not known ${question}: ${words}.`, path: [] };
}

async function inTime<T>(answer: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
