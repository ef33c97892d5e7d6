output "domain" {
  value = "new.example.com"
}

output "ports" {
  value = { signal = 7880, turn = 5349 }
}

output "password" {
  value     = "swordfish-in-an-output"
  sensitive = true
}
