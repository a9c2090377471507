// run
// env: START=here

// The environment can be changed; children and later look-ups see the change.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
)

func main() {
	fmt.Println(os.Getenv("START"))
	fmt.Println(os.Setenv("START", "changed"), os.Getenv("START"))
	fmt.Println(os.Setenv("NEW", "a=b"), os.Getenv("NEW"))
	fmt.Println(os.Unsetenv("START"))
	_, ok := os.LookupEnv("START")
	fmt.Println(ok)
	fmt.Println(os.Setenv("", "x"), os.Setenv("A=B", "x"), os.Setenv("NUL", "a\x00"))
	var mine []string
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "NEW=") || strings.HasPrefix(kv, "START=") {
			mine = append(mine, kv)
		}
	}
	fmt.Println(mine)
	var wg sync.WaitGroup
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for j := 0; j < 20; j++ {
				os.Setenv(fmt.Sprint("VAR", i), fmt.Sprint(j))
				os.Getenv(fmt.Sprint("VAR", (i+1)%8))
			}
		}(i)
	}
	wg.Wait()
	os.Unsetenv("VAR3")
	var vars []string
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "VAR") {
			vars = append(vars, kv)
		}
	}
	sort.Strings(vars)
	fmt.Println(vars)
	os.Clearenv()
	fmt.Println(len(os.Environ()), os.Getenv("PATH") == "")
}
