import type { Answer } from '../answer.ts';
import type { Needs } from '../tokens.ts';
import type { Token } from '../state.ts';
import type { GitHub } from '../world.ts';

/** One call, after authentication and after its shape was checked against GitHub's description. */
export interface Call {
  readonly github: GitHub;
  readonly token: Token;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Checked against the description's request schema, so a handler may name its type. */
  readonly body: unknown;
  /** The request's own address without its query, for the Link header. */
  readonly url: string;
}

export interface Route {
  /** What a job's token needs for it; may depend on what is addressed. */
  readonly needs: Needs | ((call: Call) => Needs);
  readonly handle: (call: Call) => Answer;
}

/** By GitHub's operation id. */
export type Routes = Readonly<Record<string, Route>>;

export const number = (call: Call, name: string): number => Number(call.parameters[name]);
