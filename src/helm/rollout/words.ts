/** The kubelet's reasons for a container that has no image. */
export const IMAGE_REASONS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'RegistryUnavailable',
];

/** What the registry or the network said, without the repetitions that kubelet and runtime put around it. */
export function pullWords(message: string): string {
  const words = message
    .replace(/\s+/g, ' ')
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/^Back-off pulling image "[^"]*"(: )?/, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .replace(/^failed to resolve (reference|image)( "[^"]*")?: /, '')
    .replace(/^(failed to do request: Head) "https?:\/\/([^/"]+)[^"]*"/, '$1 $2')
    .replace(/\.$/, '');
  return words === '' ? 'not said why' : words;
}

/** The scheduler's words without what it adds on preemption, which no reader of a LiveKit deploy needs. */
export function schedulerWords(message: string | undefined): string {
  return (message ?? 'not scheduled yet')
    .replace(/\s+/g, ' ')
    .replace(/\.? (no new claims to deallocate|preemption: ).*$/, '')
    .replace(/\.$/, '');
}
