export type ToolName = 'terraform' | 'tofu' | 'helm' | 'kubectl';

export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

export interface Tool {
  readonly name: ToolName;
  /** What is installed when the input says nothing and PATH has no usable version. */
  readonly defaultVersion: string;
  /** Inclusive lower and exclusive upper bound of what the suite works with. */
  readonly range: { readonly from: string; readonly below: string };
  /** Arguments that print the version; the first x.y.z in the output is it. */
  readonly versionArguments: readonly string[];
  readonly url: (version: string, platform: Platform) => string;
  readonly kind: 'zip' | 'tar.gz' | 'binary';
  /** Where the executable is in the archive. */
  readonly member: (platform: Platform) => string;
  /** SHA-256 of `url` by `version/os_arch`. What is not pinned here is checked against the publisher's checksum file. */
  readonly pins: Readonly<Record<string, string>>;
  /** The publisher's checksum file: `<hex>  <file name>` lines, or the digest alone. */
  readonly checksumsUrl: (version: string, platform: Platform) => string;
}

const file = (platform: Platform) => `${platform.os}_${platform.arch}`;
const dashed = (platform: Platform) => `${platform.os}-${platform.arch}`;

export const tools: Readonly<Record<ToolName, Tool>> = {
  terraform: {
    name: 'terraform',
    defaultVersion: '1.11.4',
    // Ephemeral variables and write-only attributes came with 1.11.
    range: { from: '1.11.0', below: '2.0.0' },
    versionArguments: ['version', '-json'],
    url: (version, platform) =>
      `https://releases.hashicorp.com/terraform/${version}/terraform_${version}_${file(platform)}.zip`,
    kind: 'zip',
    member: () => 'terraform',
    pins: {
      '1.11.4/linux_amd64': '1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc',
      '1.11.4/darwin_amd64': 'a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b',
      '1.11.4/darwin_arm64': '867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18',
    },
    checksumsUrl: (version) => `https://releases.hashicorp.com/terraform/${version}/terraform_${version}_SHA256SUMS`,
  },
  tofu: {
    name: 'tofu',
    defaultVersion: '1.12.6',
    range: { from: '1.11.0', below: '2.0.0' },
    versionArguments: ['version', '-json'],
    url: (version, platform) =>
      `https://github.com/opentofu/opentofu/releases/download/v${version}/tofu_${version}_${file(platform)}.zip`,
    kind: 'zip',
    member: () => 'tofu',
    pins: {
      '1.12.6/linux_amd64': '5dc43da4f750f33873dc25e94587128709e819e544b7be9016b255316153c3a8',
      '1.12.6/linux_arm64': 'e573979ba68a17fe7b881752051a694a7efcd970e39521f6a25775197861ed4d',
      '1.12.6/darwin_amd64': '166388e5feed47e107e11721b6366bf91d21e47eccbced75f3cbe0c7184ffd9b',
      '1.12.6/darwin_arm64': 'e083ee43790ab9e19ad66d9933e24a7244a1412e1d5728f37999ae2163fdac95',
    },
    checksumsUrl: (version) =>
      `https://github.com/opentofu/opentofu/releases/download/v${version}/tofu_${version}_SHA256SUMS`,
  },
  helm: {
    name: 'helm',
    defaultVersion: '4.3.1',
    range: { from: '3.14.0', below: '5.0.0' },
    versionArguments: ['version', '--short'],
    url: (version, platform) => `https://get.helm.sh/helm-v${version}-${dashed(platform)}.tar.gz`,
    kind: 'tar.gz',
    member: (platform) => `${dashed(platform)}/helm`,
    pins: {},
    checksumsUrl: (version, platform) => `https://get.helm.sh/helm-v${version}-${dashed(platform)}.tar.gz.sha256sum`,
  },
  kubectl: {
    name: 'kubectl',
    defaultVersion: '1.34.2',
    range: { from: '1.30.0', below: '2.0.0' },
    versionArguments: ['version', '--client', '-o', 'json'],
    url: (version, platform) => `https://dl.k8s.io/release/v${version}/bin/${platform.os}/${platform.arch}/kubectl`,
    kind: 'binary',
    member: () => 'kubectl',
    pins: {
      '1.34.2/linux_amd64': '9591f3d75e1581f3f7392e6ad119aab2f28ae7d6c6e083dc5d22469667f27253',
      '1.34.2/linux_arm64': '95df604e914941f3172a93fa8feeb1a1a50f4011dfbe0c01e01b660afc8f9b85',
    },
    checksumsUrl: (version, platform) =>
      `https://dl.k8s.io/release/v${version}/bin/${platform.os}/${platform.arch}/kubectl.sha256`,
  },
};
