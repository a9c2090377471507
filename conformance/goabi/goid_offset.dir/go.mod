module goid

go 1.21
