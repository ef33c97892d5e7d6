/** What Google's APIs answer when they refuse: the HTTP status, the sentence, and the canonical status name. */
export class GoogleError extends Error {
  readonly code: number;
  readonly status: string;
  readonly details: readonly Record<string, unknown>[];

  constructor(
    code: number,
    status: string,
    message: string,
    details: readonly Record<string, unknown>[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.details = details;
  }

  body(): Record<string, unknown> {
    return {
      error: {
        code: this.code,
        message: this.message,
        status: this.status,
        ...(this.details.length > 0 ? { details: this.details } : {}),
      },
    };
  }
}

/** OAuth 2.0's error body (RFC 6749, section 5.2), which the Security Token Service uses instead of Google's own. */
export class OAuthError extends Error {
  readonly code: number;
  readonly error: string;

  constructor(code: number, error: string, description: string) {
    super(description);
    this.code = code;
    this.error = error;
  }

  body(): Record<string, unknown> {
    return { error: this.error, error_description: this.message };
  }
}

function info(reason: string, domain: string, metadata: Record<string, string>): Record<string, unknown> {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}

export const invalidArgument = (message: string) => new GoogleError(400, 'INVALID_ARGUMENT', message);
export const failedPrecondition = (message: string) => new GoogleError(400, 'FAILED_PRECONDITION', message);
export const notFound = (message: string) => new GoogleError(404, 'NOT_FOUND', message);
export const aborted = (message: string) => new GoogleError(409, 'ABORTED', message);
export const alreadyExists = (message: string) => new GoogleError(409, 'ALREADY_EXISTS', message);

export const unauthenticated = (
  reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED' | 'ACCESS_TOKEN_EXPIRED',
) =>
  new GoogleError(
    401,
    'UNAUTHENTICATED',
    reason === 'CREDENTIALS_MISSING'
      ? 'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'
      : 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    [info(reason, 'googleapis.com', {})],
  );

export const insufficientScopes = () =>
  new GoogleError(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
    info('ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'googleapis.com', {}),
  ]);

export const permissionDenied = (permission: string, resource: string) =>
  new GoogleError(
    403,
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    [info('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource })],
  );
