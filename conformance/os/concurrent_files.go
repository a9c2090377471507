// run

// Many goroutines write and read files at the same time.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

func main() {
	dir, err := os.MkdirTemp("", "many")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	var wg sync.WaitGroup
	bad := make(chan string, 100)
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			name := filepath.Join(dir, fmt.Sprint("f", i))
			text := strings.Repeat(fmt.Sprintf("%02d", i), 100+i*300)
			for round := 0; round < 5; round++ {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					bad <- err.Error()
				}
				data, err := os.ReadFile(name)
				if err != nil || string(data) != text {
					bad <- fmt.Sprint(i, " differs ", err)
				}
			}
		}(i)
	}
	wg.Wait()
	close(bad)
	for b := range bad {
		fmt.Println(b)
	}
	entries, err := os.ReadDir(dir)
	total := int64(0)
	for _, e := range entries {
		info, _ := e.Info()
		total += info.Size()
	}
	fmt.Println(len(entries), total, err)
}
