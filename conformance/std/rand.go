// run

// Seeded random numbers are the same everywhere; unseeded ones differ and are safe to
// share.
package main

import (
	crand "crypto/rand"
	"fmt"
	"math/rand"
	"sync"
)

func main() {
	r := rand.New(rand.NewSource(42))
	fmt.Println(r.Int63(), r.Intn(100), r.Float64(), r.Perm(6), r.Int31n(1000), r.Uint32())
	fmt.Println(r.NormFloat64(), r.ExpFloat64())
	list := []string{"a", "b", "c", "d", "e"}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	fmt.Println(list)
	r2 := rand.New(rand.NewSource(42))
	fmt.Println(r2.Int63() == rand.New(rand.NewSource(42)).Int63(), r2.Int63() != rand.New(rand.NewSource(43)).Int63())

	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]int{}
	outside := 0
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 200; i++ {
				v, n := rand.Int63(), rand.Intn(10)
				mu.Lock()
				seen[v]++
				if n < 0 || n > 9 {
					outside++
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(len(seen) > 1590, outside)
	a, b := make([]byte, 32), make([]byte, 32)
	n, err := crand.Read(a)
	crand.Read(b)
	fmt.Println(n, err, string(a) != string(b))
	defer func() { fmt.Println(recover()) }()
	r.Intn(0)
}
