import type { Time } from './state.ts';

/** What a handler gives back; an undefined body is sent as none. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal in GitHub's words. `errors` is the list that GitHub adds to "Validation Failed". */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly Record<string, string>[] | undefined;

  constructor(status: number, message: string, errors?: readonly Record<string, string>[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  answer(): Answer {
    return {
      status: this.status,
      body: {
        message: this.message,
        ...(this.errors && { errors: this.errors }),
        documentation_url: 'https://docs.github.com/rest',
        status: String(this.status),
      },
    };
  }
}

export const notFound = () => new Refusal(404, 'Not Found');

export const validationFailed = (resource: string, field: string, code: string, message?: string) =>
  new Refusal(422, 'Validation Failed', [{ resource, code, field, ...(message !== undefined && { message }) }]);

/** One page of a list, with GitHub's `Link` header: `per_page` is at most 100, pages count from 1. */
export function page<T>(
  all: readonly T[],
  query: URLSearchParams,
  url: string,
): { items: T[]; headers: Record<string, string> } {
  const perPage = Math.min(100, Math.max(1, Number(query.get('per_page') ?? '30') || 30));
  const number = Math.max(1, Number(query.get('page') ?? '1') || 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const link = (to: number, rel: string) => {
    const parameters = new URLSearchParams(query);
    parameters.set('page', String(to));
    return `<${url}?${parameters.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ];
  return {
    items: all.slice((number - 1) * perPage, number * perPage),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

export const newestFirst = <T extends { createdAt: Time; id: number }>(items: readonly T[]): T[] =>
  [...items].sort((one, other) => other.createdAt.localeCompare(one.createdAt) || other.id - one.id);
