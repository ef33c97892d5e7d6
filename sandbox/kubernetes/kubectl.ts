import { run } from '../command.ts';

/** Where the administrator's kubectl and kubeconfig are. */
export interface Administrator {
  readonly kubectl: string;
  readonly kubeconfig: string;
}

/** Runs kubectl as the cluster's administrator and gives what it prints. */
export function kubectl(administrator: Administrator, args: readonly string[], input?: string): Promise<string> {
  return run(administrator.kubectl, ['--kubeconfig', administrator.kubeconfig, ...args], {
    timeoutSeconds: 60,
    ...(input === undefined ? {} : { input }),
  });
}
