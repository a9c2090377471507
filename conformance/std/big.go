// run
// stress

// Large integers, rationals and floats.
package main

import (
	"fmt"
	"math/big"
)

func main() {
	f := big.NewInt(1)
	for i := int64(1); i <= 60; i++ {
		f.Mul(f, big.NewInt(i))
	}
	fmt.Println(f, f.BitLen(), len(f.Bytes()))
	a, b := big.NewInt(0), big.NewInt(1)
	for i := 0; i < 400; i++ {
		a.Add(a, b)
		a, b = b, a
	}
	fmt.Println(a)
	q, r := new(big.Int).QuoRem(f, a, new(big.Int))
	check := new(big.Int).Add(new(big.Int).Mul(q, a), r)
	fmt.Println(q, r, check.Cmp(f))
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	fmt.Println(p, p.ProbablyPrime(10), new(big.Int).Exp(big.NewInt(3), p, big.NewInt(1_000_000_007)))
	fmt.Println(new(big.Int).GCD(nil, nil, f, a), new(big.Int).ModInverse(big.NewInt(3), p), new(big.Int).Sqrt(f))
	x, ok := new(big.Int).SetString("-deadbeefcafebabe0123456789abcdef", 16)
	fmt.Println(x, ok, x.Text(36), x.Sign(), new(big.Int).And(x, p), new(big.Int).Not(x), new(big.Int).Rsh(x, 70))
	sum := new(big.Rat)
	for i := int64(1); i <= 30; i++ {
		sum.Add(sum, big.NewRat(1, i))
	}
	exact, isExact := sum.Float64()
	fmt.Println(sum, sum.FloatString(20), exact, isExact)
	two := new(big.Float).SetPrec(200).SetInt64(2)
	root := new(big.Float).Sqrt(two)
	fmt.Println(root.Text('f', 50), root.Prec(), new(big.Float).Mul(root, root).Cmp(two))
	fmt.Printf("%x %d %s %10.3f\n", big.NewInt(-255), a, big.NewRat(3, -6), big.NewFloat(2.5))
	long := new(big.Int).Exp(big.NewInt(7), big.NewInt(3000), nil)
	s := long.String()
	back, _ := new(big.Int).SetString(s, 10)
	fmt.Println(len(s), s[:20], back.Cmp(long))
	defer func() { fmt.Println(recover()) }()
	q.Div(q, new(big.Int))
}
