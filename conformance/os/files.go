// run

// Files and devices, which are read and written without polling.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func main() {
	name := filepath.Join(os.TempDir(), "file")
	check(os.WriteFile(name, []byte("a file\n"), 0o600))
	data, err := os.ReadFile(name)
	check(err)
	fmt.Printf("%q\n", data)

	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	check(err)
	n, err := null.Write([]byte("gone"))
	check(err)
	_, err = null.Read(make([]byte, 1))
	fmt.Println(n, err)
	check(null.Close())
}
