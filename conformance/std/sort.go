// run

// Sorting with all of package sort and slices, stable and not, many patterns.
package main

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

type person struct {
	name string
	age  int
}

type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	bad := 0
	for n := 0; n < 200; n += 1 + n/10 {
		for _, f := range []func(i int) int{
			func(i int) int { return i }, func(i int) int { return -i }, func(i int) int { return i * 7919 % 101 },
			func(i int) int { return 5 }, func(i int) int { return i % 3 }, func(i int) int { return i ^ 21 },
		} {
			a := make([]int, n)
			for i := range a {
				a[i] = f(i)
			}
			b, c := slices.Clone(a), slices.Clone(a)
			sort.Ints(a)
			slices.SortFunc(b, cmp.Compare[int])
			sort.Sort(sort.Reverse(sort.IntSlice(c)))
			slices.Reverse(c)
			if !sort.IntsAreSorted(a) || !slices.Equal(a, b) || !slices.Equal(a, c) {
				bad++
			}
		}
	}
	fmt.Println("bad:", bad)
	people := []person{{"ann", 30}, {"bob", 25}, {"cid", 30}, {"dan", 25}, {"eve", 30}, {"fay", 20}}
	sort.Stable(byAge(people))
	fmt.Println(people)
	sort.SliceStable(people, func(i, j int) bool { return people[i].name[1] < people[j].name[1] })
	fmt.Println(people)
	slices.SortStableFunc(people, func(a, b person) int { return -cmp.Compare(a.age, b.age) })
	fmt.Println(people)
	words := strings.Fields("pear Apple fig apple Fig banana")
	sort.Strings(words)
	fmt.Println(words, sort.SearchStrings(words, "banana"), sort.Search(100, func(i int) bool { return i*i >= 50 }))
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	fmt.Println(len(words), slices.IsSortedFunc(words, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }))
	fmt.Println(slices.Compact([]int{1, 1, 2, 2, 2, 3, 1}), slices.Insert([]int{1, 4}, 1, 2, 3), slices.Delete([]int{0, 1, 2, 3}, 1, 3))
}
