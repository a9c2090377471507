// A Go linker that is built from this GOROOT and installed in its tool directory stands where Goxide's link program stood,
// which calls Go's linker. So it first hands over to that program, which then calls this linker.

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

func init() {
	const caller = "GOXIDE_LINKER" // set by the link program: what it has to call
	self, err := os.Executable()
	if err != nil || os.Getenv(caller) != "" {
		return
	}
	// pkg/tool/<host>/link and pkg/goxide/bin/ld; anywhere else this is a Go linker like another.
	program := filepath.Join(filepath.Dir(self), "../../goxide/bin/ld")
	if _, err := os.Stat(program); err == nil {
		args := append([]string{"link"}, os.Args[1:]...)
		err = syscall.Exec(program, args, append(os.Environ(), caller+"="+self))
		os.Stderr.WriteString("link: " + program + ": " + err.Error() + "\n")
		os.Exit(2)
	}
}
