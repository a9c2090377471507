// run

// Writing, reading, appending, renaming and removing files in a directory of its own.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func main() {
	dir, err := os.MkdirTemp("", "files")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "a.txt")
	check(os.WriteFile(name, []byte("first line\n"), 0o644))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	check(err)
	_, err = fmt.Fprintf(f, "second %s\n", "line")
	check(err)
	check(f.Close())
	data, err := os.ReadFile(name)
	check(err)
	fmt.Printf("%q\n", data)

	big := strings.Repeat("0123456789", 50_000)
	check(os.WriteFile(name, []byte(big), 0o600))
	data, err = os.ReadFile(name)
	check(err)
	check(os.Chmod(name, 0o640))
	info, err := os.Stat(name)
	check(err)
	fmt.Println(string(data) == big, info.Size(), info.Mode(), info.IsDir(), info.Name())

	f, err = os.Open(name)
	check(err)
	buf := make([]byte, 7)
	_, err = f.Seek(-5, io.SeekEnd)
	check(err)
	n, err := f.Read(buf)
	fmt.Println(n, err, string(buf[:n]))
	n, err = f.Read(buf)
	fmt.Println(n, err)
	n, err = f.ReadAt(buf, 12)
	fmt.Println(n, err, string(buf[:n]))
	_, err = f.Write(buf)
	fmt.Println(errors.Is(err, syscall.EBADF))
	check(f.Close())
	_, err = f.Read(buf)
	fmt.Println(errors.Is(err, os.ErrClosed))
	check(os.Truncate(name, 4))
	check(os.Rename(name, filepath.Join(dir, "b.txt")))
	_, err = os.Stat(name)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	check(os.Remove(filepath.Join(dir, "b.txt")))
	entries, err := os.ReadDir(dir)
	fmt.Println(len(entries), err)
}
