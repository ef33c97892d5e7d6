import { createHmac, randomBytes } from 'node:crypto';
import type { SandboxConfig } from '../../../sandbox/config.ts';

/** What the scenario deploys: an environment by the payload's modules, and LiveKit on it by the stand-in's chart. */

export const DOMAIN = 'livekit-dev.example.com';
export const TURN_DOMAIN = 'turn-dev.example.com';

export function rootModule({ project }: SandboxConfig): string {
  return `terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = "${project.id}"
  region  = "${project.region}"
}

module "network" {
  source      = "./network"
  environment = "dev"
  region      = "${project.region}"
}

module "dns" {
  source      = "./dns"
  environment = "dev"
  region      = "${project.region}"
  domain      = "${DOMAIN}"
  turn_domain = "${TURN_DOMAIN}"
  zone        = { name = "example-com", dns_name = "example.com", create = true }
  acme_zone   = { dns_name = "acme-dev.example.com" }
}

resource "google_container_cluster" "this" {
  name                     = "livekit"
  location                 = "${project.region}"
  network                  = module.network.network_id
  subnetwork               = module.network.subnetwork_id
  initial_node_count       = 1
  remove_default_node_pool = true
  deletion_protection      = false

  node_config {
    service_account = "livekit-dev-nodes@${project.id}.iam.gserviceaccount.com"
  }
}

resource "google_container_node_pool" "livekit" {
  name       = "livekit"
  cluster    = google_container_cluster.this.name
  location   = google_container_cluster.this.location
  node_count = 2

  node_config {
    machine_type    = "e2-medium"
    service_account = "livekit-dev-nodes@${project.id}.iam.gserviceaccount.com"
    tags            = [module.network.node_tag]
  }
}
`;
}

export const API_KEY = { key: 'load-balancer', secret: randomBytes(24).toString('hex') };

/** The payload's values in short, for LiveKit 1.11. */
export function values(drainingSeconds: number): object {
  return {
    replicaCount: 2,
    image: { tag: 'v1.11.0' },
    livekit: {
      keys: { [API_KEY.key]: API_KEY.secret },
      rtc: { use_external_ip: false },
      turn: {
        ...{ enabled: true, domain: TURN_DOMAIN, tls_port: 5349, udp_port: 3478, secretName: 'turn-tls' },
        loadBalancerAnnotations: {
          'cloud.google.com/l4-rbs': 'enabled',
          'networking.gke.io/load-balancer-ip-addresses': 'livekit-dev-turn',
        },
      },
    },
    loadBalancer: {
      type: 'gke-vpc-native',
      annotations: {
        'kubernetes.io/ingress.class': 'gce',
        'kubernetes.io/ingress.global-static-ip-name': 'livekit-dev-signal',
        'networking.gke.io/managed-certificates': 'livekit-dev',
        'networking.gke.io/v1beta1.FrontendConfig': 'livekit-server',
      },
      tls: [{ hosts: [DOMAIN] }],
    },
    gcp: {
      backendConfig: {
        timeoutSec: 36_000,
        connectionDraining: { drainingTimeoutSec: drainingSeconds },
        healthCheck: { type: 'HTTP', requestPath: '/', port: 7880, checkIntervalSec: 1, timeoutSec: 1 },
      },
    },
  };
}

const meta = (name: string) => ({ name, namespace: 'livekit' });

export const CERTIFICATE = {
  apiVersion: 'networking.gke.io/v1',
  kind: 'ManagedCertificate',
  metadata: meta('livekit-dev'),
  spec: { domains: [DOMAIN] },
};

export const FRONTEND_CONFIG = {
  apiVersion: 'networking.gke.io/v1beta1',
  kind: 'FrontendConfig',
  metadata: meta('livekit-server'),
  spec: { redirectToHttps: { enabled: true, responseCodeName: 'PERMANENT_REDIRECT' } },
};

export function tlsSecret(certificate: { readonly certificate: string; readonly key: string }): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: meta('turn-tls') },
    stringData: { 'tls.crt': certificate.certificate, 'tls.key': certificate.key },
  };
}

/** The same pods by another Service and Ingress, to which nobody attached a BackendConfig. */
export const PLAIN = [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('plain') },
    spec: {
      selector: { 'app.kubernetes.io/name': 'livekit-server' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  },
  {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
    metadata: { ...meta('plain'), annotations: { 'kubernetes.io/ingress.class': 'gce' } },
    spec: { defaultBackend: { service: { name: 'plain', port: { number: 80 } } } },
  },
];

/** A token with which somebody may join a room. */
export function joinToken(room: string, identity: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: API_KEY.key, sub: identity, nbf: now - 60, exp: now + 600, video: { roomJoin: true, room } };
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', API_KEY.secret).update(content).digest('base64url')}`;
}
