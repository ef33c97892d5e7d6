import type { VersionRange } from './version.ts';

/** A Go module of `modules/`, which pins every dependency by its checksum, and what is built from it. */
export interface GoRecipe {
  readonly module: string;
  /** Import path of each executable that the module gives, by the tool's name. */
  readonly packages: Readonly<Record<string, string>>;
  readonly linkerFlags?: string;
  /** Build tags: what of a large program is left out. */
  readonly tags?: readonly string[];
}

/** An official release, verified by its SHA-256. Listed only where the checksum is known for certain. */
export interface Download {
  readonly url: string;
  readonly sha256: string;
  /** The executable inside of the archive; without it the download is the executable. */
  readonly member?: string;
}

export interface Tool {
  readonly name: string;
  /** What the cache, the download and the build give. */
  readonly version: string;
  /** What of PATH is good enough. */
  readonly range: VersionRange;
  readonly versionArguments: readonly string[];
  /** What the sandbox needs it for. */
  readonly purpose: string;
  /** By platform: `linux-x64`, `linux-arm64`. */
  readonly downloads?: Readonly<Record<string, Download>>;
  readonly build?: GoRecipe;
  /** Only whoever asks for it by name waits for it; the sandbox itself works without. */
  readonly onRequest?: boolean;
  /** Of those, what takes minutes to build and only the last scenarios want: it is built while others run. */
  readonly isLate?: boolean;
}

const KUBERNETES = '1.34.2';
const HELM = '4.3.1';
const HELM_3 = '3.22.0';
const OPENTOFU = '1.12.6';
const PEBBLE = '2.10.1';
export const TRAEFIK = '3.7.5';
export const ARGOCD = '3.1.0';
export const LIVEKIT = '1.11.0';
/** As the chart of the add-on monitoring has it. Debian's knows no discovery of pods. */
export const PROMETHEUS = '3.13.5';
/** The newest whose module has what its pages are made of; the chart's is newer. */
export const ALERTMANAGER = '0.31.1';
export const BLACKBOX_EXPORTER = '0.28.0';
/** Older ones, which verify has to tell from the present one. */
const OLD_LIVEKIT = ['1.8.4', '1.9.12'] as const;

const kubernetes: GoRecipe = {
  module: 'kubernetes',
  packages: Object.fromEntries(
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map((name) => [
      name,
      `k8s.io/kubernetes/cmd/${name}`,
    ]),
  ),
  // Without these Helm and kubectl cannot parse the server's version.
  linkerFlags: ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .map((path) => `-X ${path}.gitVersion=v${KUBERNETES} -X ${path}.gitMajor=1 -X ${path}.gitMinor=34`)
    .join(' '),
};

function clusterPart(name: string, purpose: string): Tool {
  const range = { atLeast: '1.34.0', below: '1.35.0' };
  return { name, version: KUBERNETES, range, versionArguments: ['--version'], purpose, build: kubernetes };
}

/** One of Prometheus' programs, which all tell their version in the same way. */
function prometheusTool(name: string, version: string, purpose: string, build: GoRecipe): Tool {
  const [major = '', minor = '', patch = ''] = version.split('.');
  return {
    ...{ name, version, versionArguments: ['--version'], purpose, onRequest: true, isLate: true },
    // The image carries this version in its name.
    range: { atLeast: version, below: `${major}.${minor}.${Number(patch) + 1}` },
    build: { ...build, linkerFlags: `-X github.com/prometheus/common/version.Version=${version}` },
  };
}

const prometheus: GoRecipe = {
  module: 'prometheus',
  packages: {
    prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
    promtool: 'github.com/prometheus/prometheus/cmd/promtool',
  },
  // Of all that it can discover only Kubernetes: the others are most of the build.
  tags: ['remove_all_sd', 'enable_kubernetes_sd'],
};
const alertmanager: GoRecipe = {
  module: 'alertmanager',
  packages: {
    alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager',
    amtool: 'github.com/prometheus/alertmanager/cmd/amtool',
  },
};
const blackboxExporter: GoRecipe = {
  module: 'blackbox-exporter',
  packages: { blackbox_exporter: 'github.com/prometheus/blackbox_exporter' },
};

function goTool(name: string, version: string, below: string, purpose: string, path: string, flag = '--version'): Tool {
  const build = { module: name, packages: { [name]: path } };
  const range = { atLeast: version, below };
  return { name, version, range, versionArguments: [flag], purpose, ...releaseOf(name), build };
}

/** `livekit-1.9` */
function oldLivekit(version: string): Tool {
  const [major = '', minor = ''] = version.split('.');
  const name = `livekit-${major}.${minor}`;
  return {
    name,
    version,
    range: { atLeast: version, below: `${major}.${Number(minor) + 1}.0` },
    versionArguments: ['--version'],
    purpose: `calls through LiveKit ${version}`,
    onRequest: true,
    isLate: true,
    build: { module: name, packages: { [name]: 'github.com/livekit/livekit-server/cmd/server' } },
  };
}

/** Official releases for 64-bit Intel machines: each SHA-256 as its maker publishes it beside the release. */
const RELEASES: Readonly<Record<string, Download>> = {
  act: {
    url: 'https://github.com/nektos/act/releases/download/v0.2.89/act_Linux_x86_64.tar.gz',
    sha256: '0191d6f1f3b716b5c55820032605d05fc3c1cdbf581ebeff655019e5dd1524c0',
    member: 'act',
  },
  actionlint: {
    url: 'https://github.com/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_linux_amd64.tar.gz',
    sha256: '8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8',
    member: 'actionlint',
  },
  kubectl: {
    url: `https://dl.k8s.io/release/v${KUBERNETES}/bin/linux/amd64/kubectl`,
    sha256: '9591f3d75e1581f3f7392e6ad119aab2f28ae7d6c6e083dc5d22469667f27253',
  },
  terraform: {
    url: 'https://releases.hashicorp.com/terraform/1.11.4/terraform_1.11.4_linux_amd64.zip',
    sha256: '1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc',
    member: 'terraform',
  },
  tflint: {
    url: 'https://github.com/terraform-linters/tflint/releases/download/v0.64.0/tflint_linux_amd64.zip',
    sha256: 'cca9d13e2e1d7a2c627af60ff899a3c9b74212899416aeb96ec764d2ef954537',
    member: 'tflint',
  },
  tofu: {
    url: `https://github.com/opentofu/opentofu/releases/download/v${OPENTOFU}/tofu_${OPENTOFU}_linux_amd64.zip`,
    sha256: '5dc43da4f750f33873dc25e94587128709e819e544b7be9016b255316153c3a8',
    member: 'tofu',
  },
};

function releaseOf(name: string): Pick<Tool, 'downloads'> {
  const release = RELEASES[name];
  return release ? { downloads: { 'linux-x64': release } } : {};
}

/** Every tool of the sandbox. Builds take place in this order, the longest and most needed first. */
export const CATALOGUE: readonly Tool[] = [
  clusterPart('kube-apiserver', 'the cluster'),
  clusterPart('kube-controller-manager', 'the cluster'),
  clusterPart('kube-scheduler', 'the cluster'),
  clusterPart('kubelet', "the cluster's nodes"),
  clusterPart('kube-proxy', "the cluster's nodes"),
  {
    name: 'livekit-server',
    version: LIVEKIT,
    // The image carries this version in its name.
    range: { atLeast: LIVEKIT, below: '1.11.1' },
    versionArguments: ['--version'],
    purpose: "LiveKit's container image",
    build: { module: 'livekit', packages: { 'livekit-server': 'github.com/livekit/livekit-server/cmd/server' } },
  },
  goTool('coredns', '1.15.0', '2', "the cluster's DNS", 'github.com/coredns/coredns', '-version'),
  goTool('fake-gcs-server', '1.56.1', '2', 'Cloud Storage', 'github.com/fsouza/fake-gcs-server'),
  {
    ...goTool('helm', HELM, '5', 'the deployment', 'helm.sh/helm/v4/cmd/helm'),
    build: {
      module: 'helm',
      packages: { helm: 'helm.sh/helm/v4/cmd/helm' },
      // Without it Helm only tells `v4.3`, and whoever asks for a version cannot know which it is.
      linkerFlags: `-X helm.sh/helm/v4/internal/version.version=v${HELM}`,
    },
    range: { atLeast: '4.0.0', below: '5' },
    versionArguments: ['version', '--template', '{{.Version}}'],
  },
  {
    ...goTool('helm3', HELM_3, '4', 'the deployment with the Helm before', 'helm.sh/helm/v3/cmd/helm'),
    build: {
      module: 'helm3',
      packages: { helm3: 'helm.sh/helm/v3/cmd/helm' },
      linkerFlags: `-X helm.sh/helm/v3/internal/version.version=v${HELM_3}`,
    },
    range: { atLeast: '3.14.0', below: '4' },
    versionArguments: ['version', '--template', '{{.Version}}'],
    onRequest: true,
  },
  goTool('act', '0.2.89', '1', 'running the workflow files', 'github.com/nektos/act'),
  goTool('actionlint', '1.7.12', '2', 'checking the workflow files', 'github.com/rhysd/actionlint/cmd/actionlint'),
  {
    ...goTool(
      'kubeconform',
      '0.8.0',
      '1',
      'checking what the charts render',
      'github.com/yannh/kubeconform/cmd/kubeconform',
      '-v',
    ),
    build: {
      module: 'kubeconform',
      packages: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
      // Without it it calls itself `development`.
      linkerFlags: '-X main.version=v0.8.0',
    },
  },
  {
    name: 'kubectl',
    version: KUBERNETES,
    range: { atLeast: '1.31.0', below: '1.37.0' },
    versionArguments: ['version', '--client'],
    purpose: 'the cluster and the deployment',
    ...releaseOf('kubectl'),
    build: { ...kubernetes, packages: { kubectl: 'k8s.io/kubernetes/cmd/kubectl' } },
  },
  {
    name: 'terraform',
    version: '1.11.4',
    range: { atLeast: '1.11.0', below: '2' },
    versionArguments: ['version'],
    purpose: 'plan and apply',
    ...releaseOf('terraform'),
  },
  {
    name: 'tofu',
    version: OPENTOFU,
    range: { atLeast: '1.11.0', below: '2' },
    versionArguments: ['version'],
    purpose: 'plan and apply with the other engine',
    ...releaseOf('tofu'),
    onRequest: true,
    build: {
      module: 'opentofu',
      packages: { tofu: 'github.com/opentofu/opentofu/cmd/tofu' },
      // Without it it calls itself 1.12.6-dev.
      linkerFlags: '-X github.com/opentofu/opentofu/version.dev=no',
    },
  },
  {
    ...goTool('tflint', '0.64.0', '1', 'checking the Terraform payload', 'github.com/terraform-linters/tflint'),
    onRequest: true,
  },
  {
    name: 'pebble',
    version: PEBBLE,
    range: { atLeast: '2.10.0', below: '3' },
    versionArguments: ['-version'],
    purpose: 'a certificate authority',
    onRequest: true,
    build: {
      module: 'pebble',
      packages: { pebble: 'github.com/letsencrypt/pebble/v2/cmd/pebble' },
      // Without it it calls itself `dev`.
      linkerFlags: `-X main.version=${PEBBLE}`,
    },
  },
  ...OLD_LIVEKIT.map(oldLivekit),
  {
    name: 'traefik',
    version: TRAEFIK,
    // The image carries this version in its name.
    range: { atLeast: TRAEFIK, below: '3.7.6' },
    versionArguments: ['version'],
    purpose: "the ingress controller's container image",
    onRequest: true,
    isLate: true,
    build: {
      module: 'traefik',
      packages: { traefik: 'github.com/traefik/traefik/v3/cmd/traefik' },
      linkerFlags: `-X github.com/traefik/traefik/v3/pkg/version.Version=${TRAEFIK}`,
    },
  },
  {
    name: 'argocd',
    version: ARGOCD,
    // The image carries this version in its name.
    range: { atLeast: ARGOCD, below: '3.1.1' },
    versionArguments: ['version', '--client', '--short'],
    purpose: "Argo CD's container image",
    onRequest: true,
    isLate: true,
    build: {
      module: 'argo-cd',
      // Go names it after the last part of its path; all of Argo CD's programs are this one by other names.
      packages: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' },
      linkerFlags: `-X github.com/argoproj/argo-cd/v3/common.version=${ARGOCD}`,
    },
  },
  prometheusTool('prometheus', PROMETHEUS, "Prometheus' container image", prometheus),
  prometheusTool('promtool', PROMETHEUS, 'checking rules and configuration of Prometheus', prometheus),
  prometheusTool('alertmanager', ALERTMANAGER, "Alertmanager's container image", alertmanager),
  prometheusTool('amtool', ALERTMANAGER, 'checking the configuration of Alertmanager', alertmanager),
  prometheusTool('blackbox_exporter', BLACKBOX_EXPORTER, "the probes' container image", blackboxExporter),
];

export function findTool(name: string): Tool {
  const tool = CATALOGUE.find((entry) => entry.name === name);
  if (!tool) throw new Error(`${name} is not in the catalogue of tools`);
  return tool;
}

/** A package, with a program or file that proves it. */
export interface DebianPackage {
  readonly name: string;
  readonly proof: string;
  readonly service?: string;
}

/** Debian packages of the sandbox. */
export const PACKAGES: readonly DebianPackage[] = [
  { name: 'etcd-server', proof: 'etcd', service: 'etcd' },
  { name: 'containerd', proof: 'containerd', service: 'containerd' },
  { name: 'runc', proof: 'runc' },
  { name: 'containernetworking-plugins', proof: '/usr/lib/cni/ptp' },
  { name: 'redis-server', proof: 'redis-server', service: 'redis-server' },
  // The program alone proves nothing: Debian's other busybox is not static and would not run in an empty container.
  { name: 'busybox-static', proof: '/var/lib/dpkg/info/busybox-static.list' },
  { name: 'nftables', proof: 'nft' },
  { name: 'iproute2', proof: 'ip' },
  { name: 'openssl', proof: 'openssl' },
  { name: 'git', proof: 'git' },
  { name: 'ca-certificates', proof: '/etc/ssl/certs/ca-certificates.crt' },
];
