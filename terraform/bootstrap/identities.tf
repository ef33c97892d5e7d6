# Who does what, each with no more than that. What an identity may in one environment (a secret, a DNS zone) the environment
# itself grants; here is what it may in the project.

# Makes secrets and adds versions, and can read none.
resource "google_project_iam_custom_role" "secret_writer" {
  project     = var.project_id
  role_id     = "livekitSecretWriter"
  title       = "LiveKit secret writer"
  description = "Makes secrets, their access and their versions; reads no value."

  permissions = [
    "secretmanager.secrets.create",
    "secretmanager.secrets.delete",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.disable",
    "secretmanager.versions.enable",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
  ]

  depends_on = [google_project_service.this]
}

# What two identities do in a cluster. Google's own roles that hold these permissions hold many more: roles/container.developer
# also changes every workload and runs commands in it. IAM knows no namespaces; kubernetes-access.yaml gives the same in one.
resource "google_project_iam_custom_role" "cluster" {
  for_each = local.cluster_roles

  project     = var.project_id
  role_id     = each.value.role_id
  title       = each.value.title
  description = each.value.description
  permissions = each.value.permissions

  depends_on = [google_project_service.this]
}

locals {
  cluster_roles = var.cluster_access != "iam" ? {} : {
    certificate = {
      role_id     = "livekitCertificateInstaller"
      title       = "LiveKit certificate installer"
      description = "Writes Kubernetes Secrets, rolls Deployments and asks the pods' ports; deletes only the Lease that it holds meanwhile."
      permissions = [
        "container.deployments.get",
        "container.deployments.list",
        "container.deployments.update",
        "container.events.list",
        "container.leases.create",
        "container.leases.delete",
        "container.leases.get",
        "container.leases.update",
        "container.namespaces.get",
        "container.pods.get",
        "container.pods.list",
        "container.pods.portForward",
        "container.replicaSets.get",
        "container.replicaSets.list",
        "container.secrets.create",
        "container.secrets.get",
        "container.secrets.update",
      ]
    }
    # roles/container.viewer reads all but Secrets; health and metrics of a pod are asked through a port-forward.
    ask = {
      role_id     = "livekitPortForwarder"
      title       = "LiveKit port forwarder"
      description = "Asks a pod's own ports for its health and metrics."
      permissions = ["container.pods.portForward"]
    }
  }

  certificate_roles = { for key, role in google_project_iam_custom_role.cluster : key => role.name if key == "certificate" }
  view_roles        = var.cluster_access == "iam" ? { workload = "roles/container.viewer" } : {}
  ask_roles         = merge({ for key, role in google_project_iam_custom_role.cluster : key => role.name if key == "ask" }, local.view_roles)

  # What Terraform reads to compare an environment with its state. A preview of a deploy also reads the cluster's objects.
  readers = {
    compute  = "roles/compute.viewer"
    network  = "roles/compute.networkViewer"
    cluster  = "roles/container.clusterViewer"
    redis    = "roles/redis.viewer"
    dns      = "roles/dns.reader"
    secrets  = "roles/secretmanager.viewer"
    policies = "roles/iam.securityReviewer"
  }

  apply_member = "serviceAccount:livekit-cicd@${var.project_id}.iam.gserviceaccount.com"

  identities = {
    livekit-plan = {
      display_name    = "LiveKit plan"
      description     = "Plans and previews pull requests: reads, and changes nothing"
      roles           = merge(local.readers, local.view_roles, var.extra_roles.plan)
      federated_users = local.planners
    }

    livekit-cicd = {
      display_name = "LiveKit apply"
      description  = "Applies what was reviewed and merged"
      roles = merge(local.readers, {
        network-admin  = "roles/compute.networkAdmin"
        firewall-admin = "roles/compute.securityAdmin"
        cluster-admin  = "roles/container.clusterAdmin"
        redis-admin    = "roles/redis.admin"
        dns-admin      = "roles/dns.admin"
        secret-writer  = google_project_iam_custom_role.secret_writer.name
      }, var.extra_roles.apply)
      conditional_roles = length(var.grantable_roles) == 0 ? {} : {
        "Only listed roles" = {
          role        = "roles/resourcemanager.projectIamAdmin"
          description = "Grants and revokes no other roles than these"
          expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in var.grantable_roles : "'${role}'"])}])"
        }
      }
      federated_users = local.in_environment
    }

    livekit-deploy = {
      display_name    = "LiveKit deploy"
      description     = "Deploys with Helm"
      roles           = merge({ developer = "roles/container.developer", cluster = "roles/container.clusterViewer" }, var.extra_roles.deploy)
      federated_users = local.in_environment
    }

    # Its DNS zone and its secrets are granted by each environment.
    livekit-turn-cert = {
      display_name    = "LiveKit TURN certificate"
      description     = "Renews the TURN certificate"
      roles           = merge({ cluster = "roles/container.clusterViewer" }, local.certificate_roles, var.extra_roles.turn_cert)
      federated_users = local.in_maintenance
    }

    livekit-verify = {
      display_name = "LiveKit verification"
      description  = "Verifies a deployment, on a schedule too: reads"
      roles = merge({
        cluster = "roles/container.clusterViewer"
        compute = "roles/compute.viewer"
        dns     = "roles/dns.reader"
        redis   = "roles/redis.viewer"
      }, local.ask_roles, var.extra_roles.verify)
      federated_users = merge(local.in_environment, {
        for name, member in local.in_maintenance : "${name}-maintenance" => member if contains(keys(var.maintenance_environments), name)
      })
    }
  }

  # Made here and not by the environment: whoever may make an account, grant it roles and start machines as it could become
  # anyone. The apply identity may only start machines as these.
  nodes = {
    for environment in var.environments : "livekit-${environment}-nodes" => {
      display_name = "Nodes of livekit-cluster-${environment}"
      description  = "Logs, metrics and images; workloads have identities of their own"
      roles        = { node = "roles/container.defaultNodeServiceAccount" }
      attachers    = { apply = local.apply_member }
    }
  }
}

module "iam" {
  source = "../modules/iam"

  project_id       = var.project_id
  service_accounts = merge(local.identities, local.nodes)

  depends_on = [google_project_service.this]
}
