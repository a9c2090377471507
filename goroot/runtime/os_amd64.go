// The address that package syscall's gettimeofday calls on amd64.

package runtime

var vdsoGettimeofdaySym uintptr
