import { OAuthError } from '../errors.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';

/** Google's OAuth 2.0 end point that says what an access token is good for. */
export const oauth2: Service = {
  host: 'oauth2.googleapis.com',
  routes: [
    route({
      method: 'GET',
      path: '/tokeninfo',
      public: true,
      query: ['access_token'],
      answer: ({ query, cloud }: Call) => {
        const found = cloud.tokens.find(query['access_token'] ?? '');
        if (typeof found === 'string') throw new OAuthError(400, 'invalid_token', 'Invalid Value');
        const { identity, scopes, expiresAt } = found;
        const account = identity.kind === 'serviceAccount' ? identity : undefined;
        return {
          body: {
            ...(account
              ? { azp: account.uniqueId, aud: account.uniqueId, email: account.email, email_verified: 'true' }
              : {}),
            scope: scopes.join(' '),
            exp: String(Math.floor(expiresAt / 1000)),
            expires_in: String(Math.floor((expiresAt - cloud.now()) / 1000)),
            access_type: 'online',
          },
        };
      },
    }),
  ],
  refusals: [
    {
      situation: 'a token that was never given',
      request: { method: 'GET', path: '/tokeninfo?access_token=ya29.nothing', as: 'anonymous' },
      status: 400,
      says: 'Invalid Value',
    },
  ],
};
