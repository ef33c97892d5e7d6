import { StoreError, type Resource, type ResourceStore } from './store.ts';
import { isObject, type ObjectValue, type Value } from './value.ts';

/** Resources in the Google stand-in's store at `base` (`.../cloud/v1/resources`); `token` gives a Google access token. */
export function httpStore(base: string, token: () => Promise<string>): ResourceStore {
  const call = async (method: string, type: string, key?: string, resource?: Resource): Promise<Answer> => {
    const url = `${base}/${type}${key === undefined ? '' : `/${encodeURIComponent(key)}`}`;
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      ...(resource ? { body: JSON.stringify(resource) } : {}),
    });
    return { status: response.status, body: parse(await response.text()) };
  };
  return {
    create: async (type, key, resource) => attributesOf(await call('POST', type, key, resource)),
    update: async (type, key, resource) => attributesOf(await call('PUT', type, key, resource)),
    async read(type, key) {
      const answer = await call('GET', type, key);
      return answer.status === 404 ? null : attributesOf(answer);
    },
    async remove(type, key) {
      const answer = await call('DELETE', type, key);
      if (answer.status !== 404) accepted(answer);
    },
    async keys(type) {
      const { keys } = accepted(await call('GET', type));
      if (!Array.isArray(keys)) throw new Error('the Google stand-in answered a list without keys');
      return keys.map(String);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: ObjectValue;
}

function parse(text: string): ObjectValue {
  try {
    const value = text === '' ? {} : (JSON.parse(text) as Value);
    return isObject(value) ? value : {};
  } catch {
    return { error: { message: text.slice(0, 500) } };
  }
}

function accepted({ status, body }: Answer): ObjectValue {
  if (status < 400) return body;
  const error = isObject(body['error']) ? body['error'] : {};
  throw new StoreError(status, typeof error['message'] === 'string' ? error['message'] : `HTTP status ${status}`);
}

function attributesOf(answer: Answer): ObjectValue {
  const { attributes } = accepted(answer);
  if (!isObject(attributes)) throw new Error('the Google stand-in answered a resource without attributes');
  return attributes;
}
