module sandbox/cert-manager

go 1.25.0

// Nothing is built of it: its module holds the definitions that the charts' objects are held to.
require github.com/cert-manager/cert-manager v1.21.2 // indirect
