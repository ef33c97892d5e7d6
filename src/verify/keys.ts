/** One of LiveKit's API keys with its secret, which is masked. */
export interface ApiKey {
  readonly key: string;
  readonly secret: string;
}
