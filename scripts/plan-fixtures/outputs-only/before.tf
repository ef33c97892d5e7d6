output "domain" {
  value = "old.example.com"
}
