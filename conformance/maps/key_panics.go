// run

// A hash that panics leaves the map as it was and not marked as being written.
package main

import "fmt"

func main() {
	m := map[interface{}]int{}
	for i := 0; i < 20; i++ {
		m[i] = i
	}
	for _, bad := range []interface{}{[]int{1}, map[int]int{}, func() {}, [1]interface{}{[]int{}}} {
		for _, op := range []func(){
			func() { m[bad] = 1 },
			func() { _ = m[bad] },
			func() { delete(m, bad) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						fmt.Println("no panic")
					}
				}()
				op()
			}()
			// Both of these would be fatal if the panic had left a mark.
			m[5]++
			for range m {
				break
			}
		}
	}
	fmt.Println(len(m), m[5])

	type key struct{ a, b interface{} }
	k := map[key]int{{1, 2}: 3}
	func() {
		defer func() { fmt.Println(recover()) }()
		// Unequal in the first field, yet hashing looks at the second one.
		_ = k[key{7, []int{}}]
	}()
	k[key{1, 2}]++
	fmt.Println(k)
}
