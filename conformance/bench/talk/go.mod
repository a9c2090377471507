module talk

go 1.21
