// run
// stress

// Everyday code under constant collection: JSON, formatting, sorting, regular expressions, text templates.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"text/template"
)

type order struct {
	ID    int               `json:"id"`
	Names []string          `json:"names"`
	Tags  map[string]*order `json:"tags,omitempty"`
	Any   any               `json:"any"`
}

func build(id, depth int) *order {
	o := &order{ID: id, Any: []any{float64(id), fmt.Sprint("any", id), nil, true}}
	for i := 0; i < 4; i++ {
		o.Names = append(o.Names, fmt.Sprintf("name-%d-%d", id, i))
	}
	if depth > 0 {
		o.Tags = map[string]*order{"a": build(2*id, depth-1), "b": build(2*id+1, depth-1)}
	}
	return o
}

var word = regexp.MustCompile(`name-(\d+)-(\d)`)
var page = template.Must(template.New("page").Parse(`{{range $k, $v := .Tags}}{{$k}}={{$v.ID}} {{end}}{{len .Names}}`))

func work(g int) string {
	sum := uint32(0)
	for i := 0; i < 6; i++ {
		data, err := json.Marshal(build(g+i+1, 3))
		if err != nil {
			return err.Error()
		}
		var back order
		if err := json.Unmarshal(data, &back); err != nil {
			return err.Error()
		}
		again, _ := json.MarshalIndent(back, "", " ")
		matches := word.FindAllStringSubmatch(string(again), -1)
		sort.Slice(matches, func(i, j int) bool { return matches[i][0] > matches[j][0] })
		var b bytes.Buffer
		page.Execute(&b, &back)
		for _, m := range matches {
			b.WriteString(strings.Join(m, "|"))
		}
		sum = crc32.Update(sum, crc32.IEEETable, b.Bytes())
		sum = crc32.Update(sum, crc32.IEEETable, data)
	}
	return fmt.Sprintf("%d %08x", g, sum)
}

func main() {
	stop := make(chan bool)
	var wg, helper sync.WaitGroup
	helper.Add(1)
	go func() {
		defer helper.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				runtime.Gosched()
			}
		}
	}()
	results := make([]string, 6)
	for g := range results {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			results[g] = work(g)
		}(g)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	for _, r := range results {
		fmt.Println(r)
	}
}
