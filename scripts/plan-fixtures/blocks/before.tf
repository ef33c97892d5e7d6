provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

resource "google_container_node_pool" "media" {
  name     = "media"
  location = "asia-northeast1"
  cluster  = "livekit-dev"

  autoscaling {
    min_node_count = 1
    max_node_count = 3
  }

  node_config {
    machine_type = "c2-standard-8"
    labels       = { "livekit.io/role" = "media" }

    taint {
      key    = "livekit.io/media"
      value  = "true"
      effect = "NO_SCHEDULE"
    }
  }
}

resource "terraform_data" "pools" {
  input = {
    pools = [
      { name = "system", size = 1 },
      { name = "media", size = 2 },
    ]
    arguments = ["--config", "/etc/livekit.yaml", "--node-ip", "10.0.0.2"]
    ports     = [7880, 7881]
    mixed     = { a = [1, "two", true] }
  }
}

resource "terraform_data" "settings" {
  input = <<-EOT
    port: 7880
    rtc:
      tcp_port: 7881
      port_range_start: 50000
      port_range_end: 60000
      use_external_ip: true
    redis:
      address: 10.0.0.3:6379
    turn:
      enabled: true
      domain: turn.example.com
      tls_port: 5349
    logging:
      level: info
  EOT
}

resource "terraform_data" "policy" {
  input = jsonencode({
    bindings = [
      { role = "roles/viewer", members = ["user:a@example.com", "user:b@example.com"] },
      { role = "roles/editor", members = ["user:c@example.com"] },
    ]
  })
}
