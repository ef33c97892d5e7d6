import { catalogue } from '../failure/failure.ts';

export const toolFailures = catalogue('TOOL', {
  version: {
    number: 1,
    title: 'A tool’s version is not usable',
    why: 'The suite is tested with a range of versions.',
    fix: 'Ask for a version in the range that the message names.',
  },
  download: {
    number: 2,
    title: 'A tool could not be downloaded',
    why: 'The tool is not on PATH in a usable version, and its publisher’s server did not give it.',
    fix: 'Run the job again; on runners without internet access install the tool beforehand and put it on PATH.',
  },
  checksum: {
    number: 3,
    title: 'A downloaded tool is not what its publisher released',
    why: 'The SHA-256 of the download differs from the pinned or published one: it was damaged or replaced on the way.',
    fix: 'Run the job again. When it happens twice, do not go on: report it.',
  },
  platform: {
    number: 4,
    title: 'A tool is not released for this runner',
    why: 'The publisher has no release for this operating system or processor.',
    fix: 'Use a Linux or macOS runner on x64 or arm64, or install the tool beforehand.',
  },
});
