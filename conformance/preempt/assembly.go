// run
// stress

// Code between calls of assembly, which may have changed the registers that compiled code keeps for itself.
package main

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"runtime"
	"sync/atomic"
)

func numbers(rounds int) string {
	x, y := big.NewInt(1), new(big.Int)
	for i := int64(1); i < 60; i++ {
		x.Mul(x, big.NewInt(i))
	}
	m := new(big.Int).Add(x, big.NewInt(12345))
	q, r := new(big.Int), new(big.Int)
	for i := 0; i < rounds; i++ {
		y.Mul(x, x)
		q.DivMod(y, m, r)
		x.Add(r, q)
		x.Sub(x, big.NewInt(int64(i)))
		x.Lsh(x, 3)
		x.Mod(x, m)
	}
	return x.Text(36)
}

func main() {
	const rounds = 40_000
	want := numbers(rounds)
	sum := sha256.Sum256(make([]byte, 1<<20))
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		var m runtime.MemStats
		for !stop.Load() {
			runtime.ReadMemStats(&m)
			runtime.Gosched()
		}
		ended <- true
	}()
	for i := 0; i < 2; i++ {
		if got := numbers(rounds); got != want {
			panic("damaged: " + got + " want " + want)
		}
		if sha256.Sum256(make([]byte, 1<<20)) != sum {
			panic("damaged")
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(want)
}
