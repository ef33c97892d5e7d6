import type { ServerResponse } from 'node:http';

/** Cloud Storage's own refusal: its JSON body has a list of errors with reasons, and the XML API answers XML. */
export class StorageError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly xmlCode: string;

  constructor(code: number, reason: string, xmlCode: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.xmlCode = xmlCode;
  }
}

export const anonymous = (permission: string) =>
  new StorageError(
    401,
    'required',
    'AuthenticationRequired',
    `Anonymous caller does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
  );

export const invalidCredentials = () =>
  new StorageError(401, 'authError', 'AuthenticationRequired', 'Invalid Credentials');

export const forbidden = (who: string, permission: string) =>
  new StorageError(
    403,
    'forbidden',
    'AccessDenied',
    `${who} does not have ${permission} access to the Google Cloud Storage ${permission.startsWith('storage.buckets') ? 'bucket' : 'object'}. Permission '${permission}' denied on resource (or it may not exist).`,
  );

export const insufficient = () =>
  new StorageError(403, 'insufficientPermissions', 'AccessDenied', 'Request had insufficient authentication scopes.');

export const unserved = (method: string, path: string) =>
  new StorageError(404, 'notFound', 'NoSuchKey', `The stand-in of Cloud Storage does not serve ${method} ${path}.`);

/** Sends the refusal in the language of the API that was asked. */
export function sendError(response: ServerResponse, api: 'json' | 'xml', error: StorageError): void {
  const { code, message, reason, xmlCode } = error;
  const body =
    api === 'xml'
      ? `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${xmlCode}</Code><Message>Access denied.</Message><Details>${escape(message)}</Details></Error>`
      : `${JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } })}\n`;
  response
    .writeHead(code, {
      'content-type': api === 'xml' ? 'application/xml; charset=UTF-8' : 'application/json; charset=UTF-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
