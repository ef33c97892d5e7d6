module sandbox/messaging-service

go 1.24
