/** The chart that the suite knows; for any other only the values given are used. */
export const LIVEKIT_CHART = 'livekit-server';

/** As LiveKit's chart names its objects. */
export const livekitName = (release: string) =>
  release.includes(LIVEKIT_CHART) ? release : `${release}-${LIVEKIT_CHART}`;
