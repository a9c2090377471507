// run report.go

// Round trips of a nested document through encoding/json, as declared types and as interfaces.
package main

import (
	"encoding/json"
	"fmt"
	"time"
)

type address struct {
	Street string   `json:"street"`
	City   string   `json:"city"`
	Lines  []string `json:"lines,omitempty"`
}

type person struct {
	ID      int                `json:"id"`
	Name    string             `json:"name"`
	Active  bool               `json:"active"`
	Scores  []float64          `json:"scores"`
	Home    *address           `json:"home"`
	Friends []*person          `json:"friends,omitempty"`
	Labels  map[string]string  `json:"labels"`
	Extra   map[string]any     `json:"extra"`
	Weights map[int]*[2]uint16 `json:"weights"`
}

func make1(r *random, depth int) *person {
	p := &person{
		ID:      r.below(1 << 30),
		Name:    fmt.Sprintf("name \"%d\" <\u00e9>", r.below(1<<20)),
		Active:  r.below(2) == 0,
		Home:    &address{Street: fmt.Sprint(r.below(1000), " Road"), City: "Town", Lines: []string{"a", "b\n", ""}},
		Labels:  map[string]string{},
		Extra:   map[string]any{"null": nil, "list": []any{1.5, "x", true, map[string]any{"deep": "er"}}},
		Weights: map[int]*[2]uint16{},
	}
	for i := 0; i < 8; i++ {
		p.Scores = append(p.Scores, float64(r.below(1<<20))/64)
		p.Labels[fmt.Sprint("label", r.below(100))] = fmt.Sprint(r.below(1 << 20))
		p.Weights[r.below(100)] = &[2]uint16{uint16(i), 7}
	}
	for i := 0; i < 3 && depth > 0; i++ {
		p.Friends = append(p.Friends, make1(r, depth-1))
	}
	return p
}

// keep is how many documents of each kind stay for a while.
const keep = 64

func main() {
	n := scaled(1500)
	r := random(42)
	document := make1(&r, 3)
	w := watch(time.Millisecond)
	start := time.Now()
	sum, bytes := checksum, 0
	var typed [keep]*person
	var untyped [keep]any
	for i := 0; i < n; i++ {
		document.ID = i
		text, err := json.Marshal(document)
		if err != nil {
			fail("%v", err)
		}
		again := new(person)
		if err := json.Unmarshal(text, again); err != nil {
			fail("%v", err)
		}
		var free any
		if err := json.Unmarshal(text, &free); err != nil {
			fail("%v", err)
		}
		freely, err := json.Marshal(free)
		if err != nil {
			fail("%v", err)
		}
		if again.ID != i {
			fail("%d came back as %d", i, again.ID)
		}
		bytes += len(text) + len(freely)
		for j := i % 7; j < len(freely); j += 7 {
			sum = mix(sum, uint64(freely[j]))
		}
		next := *again
		document = &next
		// The one that leaves is looked at once more.
		if old := typed[i%keep]; old != nil && (old.ID != i-keep || untyped[i%keep].(map[string]any)["id"] != float64(old.ID)) {
			fail("document %d became %d", i-keep, old.ID)
		}
		typed[i%keep], untyped[i%keep] = again, free
	}
	perOp("json", time.Since(start), n)
	check("bytes", uint64(bytes))
	check("text", sum)
	w.report()
}
