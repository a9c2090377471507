// run

// Directories: making, listing in order, walking, links, the working directory.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	dir, err := os.MkdirTemp("", "dirs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(os.Chdir(dir))
	fmt.Println(os.MkdirAll("x/y/z", 0o755), os.Mkdir("x", 0o755) != nil)
	for _, name := range []string{"x/b", "x/a", "x/y/c", "x/y/z/d"} {
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(os.Symlink("y/c", "x/link"))
	fmt.Println(os.Readlink("x/link"))
	data, err := os.ReadFile("x/link")
	fmt.Println(string(data), err)
	entries, _ := os.ReadDir("x")
	for _, e := range entries {
		fmt.Print(e.Name(), " ", e.Type(), "; ")
	}
	fmt.Println()
	filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		fmt.Print(path, " ")
		if d.Name() == "z" {
			return fs.SkipDir
		}
		return err
	})
	fmt.Println()
	matches, _ := filepath.Glob("x/y/*")
	fmt.Println(matches)
	var seen int
	fs.WalkDir(os.DirFS("x"), ".", func(string, fs.DirEntry, error) error { seen++; return nil })
	fmt.Println(seen)
	wd, err := os.Getwd()
	real, _ := filepath.EvalSymlinks(dir)
	fmt.Println(wd == dir || wd == real, err)
	fmt.Println(os.Remove("x") != nil, os.RemoveAll("x"))
	_, err = os.Lstat("x")
	fmt.Println(os.IsNotExist(err))
}
